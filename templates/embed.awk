# Files as C arrays of characters: a string literal for each line. A file a/b-c.yaml becomes template_b_c.
function finish() { if (name != "") print ";" }
BEGIN { print "#include \"templates/templates.h\"" }
FNR == 1 {
    finish()
    name = FILENAME
    sub(/^.*\//, "", name)
    sub(/\.yaml$/, "", name)
    gsub(/[^A-Za-z0-9]/, "_", name)
    print "const char template_" name "[] ="
}
{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    gsub(/\?/, "\\?") # no trigraphs
    print "    \"" $0 "\\n\""
}
END { finish() }
