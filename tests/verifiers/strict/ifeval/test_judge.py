"""`ifeval` as a whole: its score, its reasons, its reference, languages, and hostile texts."""

from __future__ import annotations

import time

import pytest

from winnow.verifiers import SpecError, Status, VerifierPool, load
from winnow.verifiers.strict.ifeval.instruction import build, ids
from winnow.verifiers.strict.ifeval.language import LANGUAGES, detected
from winnow.verifiers.strict.ifeval.loose import variants

THREE = {
    "instruction_id_list": ["keywords:existence", "punctuation:no_comma", "detectable_format:title"],
    "kwargs": [{"keywords": ["cat"], "num_words": None, "relation": None}, {}, None],
}
SENTENCES = {
    "ar": "توقفت الساعة القديمة في المطبخ عند الظهر ولم يلاحظ أحد ذلك حتى العشاء.",
    "bg": "Старият часовник в кухнята спря по обяд и никой не забеляза това до вечерята.",
    "bn": "রান্নাঘরের পুরোনো ঘড়িটি দুপুরে থেমে গেল এবং রাতের খাবার পর্যন্ত কেউ খেয়াল করেনি।",
    "de": "Die alte Uhr in der Küche blieb am Mittag stehen, und niemand bemerkte es bis zum Abendessen.",
    "en": "The old clock in the kitchen stopped at noon, and nobody noticed until dinner.",
    "es": "El viejo reloj de la cocina se detuvo al mediodía y nadie se dio cuenta hasta la cena.",
    "fa": "ساعت قدیمی آشپزخانه ظهر از کار افتاد و هیچ‌کس تا شام متوجه نشد.",
    "fi": "Keittiön vanha kello pysähtyi keskipäivällä, eikä kukaan huomannut sitä ennen illallista.",
    "fr": "La vieille horloge de la cuisine s'est arrêtée à midi et personne ne l'a remarqué avant le dîner.",
    "gu": "રસોડામાં રહેલી જૂની ઘડિયાળ બપોરે બંધ પડી ગઈ અને રાતના જમણ સુધી કોઈએ ધ્યાન આપ્યું નહીં.",
    "he": "השעון הישן במטבח נעצר בצהריים, ואיש לא שם לב עד ארוחת הערב.",
    "hi": "रसोई की पुरानी घड़ी दोपहर में रुक गई और रात के खाने तक किसी ने ध्यान नहीं दिया।",
    "it": "Il vecchio orologio della cucina si fermò a mezzogiorno e nessuno se ne accorse fino a cena.",
    "ja": "台所の古い時計は正午に止まったが、夕食まで誰も気づかなかった。",
    "kn": "ಅಡುಗೆಮನೆಯ ಹಳೆಯ ಗಡಿಯಾರ ಮಧ್ಯಾಹ್ನ ನಿಂತುಹೋಯಿತು ಮತ್ತು ರಾತ್ರಿ ಊಟದವರೆಗೆ ಯಾರೂ ಗಮನಿಸಲಿಲ್ಲ.",
    "ko": "부엌의 오래된 시계가 정오에 멈췄지만 저녁 식사 때까지 아무도 알아차리지 못했다.",
    "ml": "അടുക്കളയിലെ പഴയ ക്ലോക്ക് ഉച്ചയ്ക്ക് നിന്നുപോയി, അത്താഴം വരെ ആരും ശ്രദ്ധിച്ചില്ല.",
    "mr": "स्वयंपाकघरातील जुने घड्याळ दुपारी बंद पडले आणि रात्रीच्या जेवणापर्यंत कोणाच्याही लक्षात आले नाही.",
    "ne": "भान्साको पुरानो घडी मध्याह्नमा रोकियो र बेलुकाको खानासम्म कसैले ध्यान दिएन।",
    "pa": "ਰਸੋਈ ਦੀ ਪੁਰਾਣੀ ਘੜੀ ਦੁਪਹਿਰ ਨੂੰ ਰੁਕ ਗਈ ਅਤੇ ਰਾਤ ਦੇ ਖਾਣੇ ਤੱਕ ਕਿਸੇ ਨੇ ਧਿਆਨ ਨਹੀਂ ਦਿੱਤਾ।",
    "pl": "Stary zegar w kuchni zatrzymał się w południe i nikt tego nie zauważył aż do kolacji.",
    "pt": "O velho relógio da cozinha parou ao meio-dia e ninguém percebeu até o jantar.",
    "ru": "Старые часы на кухне остановились в полдень, и никто не заметил этого до ужина.",
    "sw": "Saa ya zamani jikoni ilisimama saa sita mchana na hakuna mtu aliyetambua hadi chakula cha jioni.",
    "ta": "சமையலறையில் இருந்த பழைய கடிகாரம் நண்பகலில் நின்றுவிட்டது, இரவு உணவு வரை யாரும் கவனிக்கவில்லை.",
    "te": "వంటగదిలోని పాత గడియారం మధ్యాహ్నం ఆగిపోయింది, రాత్రి భోజనం వరకు ఎవరూ గమనించలేదు.",
    "th": "นาฬิกาเก่าในครัวหยุดเดินตอนเที่ยงวัน และไม่มีใครสังเกตเห็นจนถึงมื้อเย็น",
    "uk": "Старий годинник на кухні зупинився опівдні, і ніхто не помітив цього до вечері.",
    "ur": "باورچی خانے کی پرانی گھڑی دوپہر کو رک گئی اور رات کے کھانے تک کسی نے دھیان نہیں دیا۔",
    "vi": "Chiếc đồng hồ cũ trong bếp dừng lại vào buổi trưa và không ai nhận ra cho đến bữa tối.",
}


def test_the_score_is_the_share_and_the_reason_names_what_was_not_followed() -> None:
    judge = load("ifeval")
    verdict = judge(THREE, "A dog, a <<cat>>")
    assert (verdict.status, verdict.score) == (Status.FAIL, pytest.approx(2 / 3))
    assert verdict.reason == "punctuation:no_comma: 1 comma"
    verdict = judge(THREE, "A dog, a horse")
    assert (verdict.status, verdict.score) == (Status.FAIL, 0.0)
    assert verdict.reason == (
        "keywords:existence: lacks 'cat'; punctuation:no_comma: 1 comma; "
        "detectable_format:title: no title in << >>"
    )
    assert judge(THREE, "<<A cat>>").status is Status.PASS


def test_many_misses_are_all_named() -> None:
    names = [
        "punctuation:no_comma",
        "startend:quotation",
        "detectable_format:title",
        "combination:two_responses",
    ]
    verdict = load({"type": "ifeval", "instruction_id_list": names})({}, "a, " * 100)
    assert len(verdict.reason) <= 200
    assert all(name in verdict.reason for name in names)


@pytest.mark.parametrize("text", ["", " \n", "<think>A cat.", "<think>cat</think>\n"])
def test_nothing_follows_nothing(text: str) -> None:
    for mode in ("strict", "loose"):
        verdict = load({"type": "ifeval", "mode": mode, "instruction_id_list": ["punctuation:no_comma"]})(
            {}, text
        )
        assert (verdict.status, verdict.score, verdict.reason) == (Status.FAIL, 0.0, "empty completion")


def test_a_thought_is_not_judged_and_a_title_is_no_thought() -> None:
    judge = load(
        {"type": "ifeval", "instruction_id_list": ["punctuation:no_comma", "detectable_format:title"]}
    )
    assert judge({}, "<think>Well, well, well.</think><<Reflection>>\nIt is.").status is Status.PASS
    assert judge({}, "<think><<Reflection>></think>It is.").status is Status.FAIL


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ({"instruction_id_list": []}, "empty list"),
        ({"instruction_id_list": ["punctuation:no_comma"], "kwargs": []}, "0 entries for 1 instructions"),
        ({"instruction_id_list": ["keywords:existence"]}, "needs 'keywords'"),
        ({"instruction_id_list": "punctuation:no_comma"}, "expected a list of text"),
        ({"answer": 1}, "neither the recipe nor the reference gives 'instruction_id_list'"),
    ],
)
def test_a_reference_that_cannot_be_used_is_an_error(reference: dict[str, object], told: str) -> None:
    verdict = load("ifeval")(reference, "text")
    assert verdict.status is Status.ERROR
    assert told in verdict.reason


def test_a_wrong_mode_is_told_at_load() -> None:
    with pytest.raises(SpecError, match="'strict' or 'loose'"):
        load({"type": "ifeval", "mode": "lose"})


def test_loose_tries_eight_texts() -> None:
    assert variants("a\n*b*\nc") == ["a\n*b*\nc", "*b*\nc", "a\n*b*", "*b*", "a\nb\nc", "b\nc", "a\nb", "b"]
    assert variants("a") == ["a"]
    assert variants("***") == ["***"]


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_the_thirty_languages_of_the_data_are_told_apart(language: str) -> None:
    assert detected(SENTENCES[language]) == language
    assert len(SENTENCES) == 30
    assert language in LANGUAGES


HOSTILE = [
    "<" * 200_000,
    "<<" * 100_000 + "\n" + ">>" * 100_000,
    "[" * 200_000,
    "*" * 200_001,
    "\n" * 200_000,
    " " * 200_000 + "x",
    "- \n" * 60_000,
    "p. " * 60_000,
    "Section " * 30_000 + "1" * 100_000,
    "A'" * 100_000,
    "a." * 100_000,
    "```" * 60_000,
    "\0\u202e\ud800" * 50_000,
    '"' * 200_000,
]
EVERY = {
    "keywords": ["cat"], "keyword": "a", "frequency": 1, "relation": "at least", "forbidden_words": ["x"],
    "letter": "a", "let_frequency": 1, "let_relation": "at least", "language": "de", "num_sentences": 1,
    "num_paragraphs": 1, "num_words": 1, "nth_paragraph": 1, "first_word": "x", "num_placeholders": 1,
    "postscript_marker": "P.S.", "num_bullets": 1, "num_highlights": 1, "section_spliter": "Section",
    "num_sections": 1, "prompt_to_repeat": "x", "end_phrase": "x", "capital_frequency": 1,
    "capital_relation": "at least",
}  # fmt: skip


def test_no_text_takes_more_than_linear_time() -> None:
    slow = []
    for name in ids():
        test = build(name, {key: EVERY[key] for key in _keys(name)})
        for text in HOSTILE:
            began = time.thread_time()
            test(text)
            if (took := time.thread_time() - began) > 1:
                slow.append((name, text[:10], took))
    assert not slow


def _keys(name: str) -> list[str]:
    try:
        build(name, EVERY)
    except SpecError as wrong:
        told = str(wrong).rpartition("it takes ")[2]
        return [] if told == "nothing" else told.split(", ")
    return list(EVERY)


async def test_languages_are_told_in_a_worker_too() -> None:
    items = [
        ({"instruction_id_list": ["language:response_language"], "kwargs": [{"language": one}]}, text)
        for one in ("de", "fr")
        for text in (SENTENCES["de"], SENTENCES["fr"])
    ]
    async with VerifierPool("ifeval", workers=1, deadline=60, memory=1024**3) as pool:
        verdicts = await pool.judge(items)
    assert [verdict.status for verdict in verdicts] == ["pass", "fail", "fail", "pass"]
