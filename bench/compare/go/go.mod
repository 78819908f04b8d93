module rtkhooks-compare

go 1.19
