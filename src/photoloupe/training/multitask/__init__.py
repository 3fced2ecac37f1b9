"""One trunk, one head a question: what a views recipe trains."""
