"""Whether closed means fixed: closed cases drawn by chance, judged by people, and what follows for all of them."""
