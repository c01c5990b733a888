"""What a camera sees: its process reads labels, counts parts and makes previews. Only that process imports OpenCV."""
