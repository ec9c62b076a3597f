"""Areas that somebody without an account is told of by e-mail: asked for, confirmed, told once a day, given up."""
