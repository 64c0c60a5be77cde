"""The lexical leg: words and character 4-grams in one inverted index, scored with BM25."""
