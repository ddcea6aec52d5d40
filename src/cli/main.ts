process.stderr.write("not here yet\n");
