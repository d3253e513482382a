"""Results for people and machines: text, JSON, Go-style templates, Markdown."""
