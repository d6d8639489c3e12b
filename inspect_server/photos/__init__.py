"""Photos 照片: uploads by tus, the sealed original, its copies, screening, cleanup."""
