def keys_page():
    return "# Every key of a recipe\n"
