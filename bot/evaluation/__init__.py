"""How well questions are answered: question files, measures, and fitting the decision."""
