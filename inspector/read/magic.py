"""What bytes are, by how they begin; names lie, and sections are declared by hand."""

from __future__ import annotations

import re
import zlib

HEAD = 2048
"""How many bytes of something are looked at."""

ZIP = (b"PK\3\4", b"PK\5\6")
LITERTLM = b"LITERTLM"
JSON_TOKENIZER = re.compile(rb'\A\s*\{.*"(added_tokens|pre_tokenizer|tokenizer_class)"', re.DOTALL)
SENTENCE_PIECE = re.compile(rb"\A\x0a.\x0a.(<unk>|<pad>|<s>|</s>)", re.DOTALL)
"""The first piece of a SentencePiece vocabulary: a message, the text in its first field."""
CONTROLS = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")


def kind_of(head: bytes) -> str:
    """One of `model, zip, litertlm, tokenizer, text, unknown`, of the first `HEAD` bytes."""
    if head[4:8] == b"TFL3":
        return "model"
    if head.startswith(ZIP):
        return "zip"
    if head.startswith(LITERTLM):
        return "litertlm"
    if is_tokenizer(head) or is_tokenizer(inflated(head[8:])):
        return "tokenizer"
    return "text" if is_text(head) else "unknown"


def is_tokenizer(head: bytes) -> bool:
    """Whether a SentencePiece vocabulary or a tokenizer of Hugging Face begins here."""
    return bool(SENTENCE_PIECE.match(head) or JSON_TOKENIZER.match(head))


def inflated(head: bytes) -> bytes:
    """What the head of a zlib stream unpacks to, or nothing: LiteRT-LM puts 8 bytes in front."""
    try:
        return zlib.decompressobj().decompress(head, HEAD)
    except zlib.error:
        return b""


def is_text(head: bytes) -> bool:
    """Whether it is UTF-8 without control characters; the last character may be cut."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return bool(text) and not CONTROLS.search(text)
