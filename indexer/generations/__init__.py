"""Generations: immutable, complete builds of the index, one of them current."""
