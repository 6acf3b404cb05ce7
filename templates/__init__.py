"""In which words: catalogue, rendering, courtesy and promises."""
