"""What Backstay does, one function each; the command line, the action and the server call these."""
