"""Photos 照片: uploads by tus, originals, their copies, screening, cleanup."""
