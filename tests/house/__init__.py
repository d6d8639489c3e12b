"""The house checks itself: arrows, doors, words, papers."""
