"""What a release is made of: the image, its text, its tags."""
