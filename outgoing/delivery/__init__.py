"""What is to reach somebody outside: kept until it has, claimed by one sender at a time, tried again or given up."""
