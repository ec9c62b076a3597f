"""The examples that `wangge demo` shows: who answers there, and a year of cases that is played through the moves."""
