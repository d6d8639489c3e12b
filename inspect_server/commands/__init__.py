"""Commands of the operator 运维命令; commands in one module load the same parts of the product."""
