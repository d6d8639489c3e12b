"""Spellings of everyday words: full pinyin and initials."""

from inspect_server.models.spellings import spellings


def test_every_word_is_spelled_in_full_and_by_its_initials() -> None:
    assert spellings("井盖缺失", "电动车 狗屎") == ("jinggaiqueshi jgqs diandongche ddc goushi gs")


def test_letters_digits_and_no_words_at_all() -> None:
    assert spellings("高差>2cm", None) == "gaocha>2cm gc>2cm"
    assert spellings(None, "") == ""
