import pytest

from backend.mail.parse import parse
from backend.mail.sniff import is_disguised
from backend.mail.tests.mails import multipart, part

EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 60
ELF, PDF, ZIP = b"\x7fELF\x02\x01\x01", b"%PDF-1.7\n", b"PK\x03\x04\x14\x00"
OLE, PNG, JPEG = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"
HTML = b"\r\n<!DOCTYPE html><html><body>log in here"


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (EXE, "nota.pdf", "application/pdf"),
        (HTML, "boleto.pdf", "application/pdf"),
        (b"<script>x</script>", "foto.png", "image/png"),
        (ELF, "foto.jpg", "image/jpeg"),
        (EXE, "planilha.xlsx", "application/octet-stream"),
        (ZIP, "nota.pdf", "application/pdf"),
        (EXE, "", "image/png"),
        (b"L\x00\x00\x00\x01\x14\x02\x00", "pasta.txt", "text/plain"),
        (PDF, "foto.jpg", "image/jpeg"),
        (EXE, "foto", "image/png"),
    ],
)
def test_a12_a_file_that_is_not_what_it_says_is_marked(content: bytes, name: str, kind: str):
    assert is_disguised(content, name, kind)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "nota.pdf", "application/pdf"),
        (PDF, "nota.pdf", "text/plain"),
        (PNG, "foto.jpg", "image/jpeg"),
        (ZIP, "texto.docx", "application/octet-stream"),
        (OLE, "texto.doc", "application/msword"),
        (b"{\\rtf1", "texto.doc", "application/msword"),
        (HTML, "relatorio.xls", "application/vnd.ms-excel"),
        (HTML, "pagina.html", "text/html"),
        (EXE, "setup.exe", "application/octet-stream"),
        (EXE, "blob", "application/octet-stream"),
        (b"MZ is how this text begins", "a.txt", "text/plain"),
        (b"#!/bin/sh", "a.txt", "text/plain"),
        (b"\x00\x00\x00\x18ftypheic", "foto.heic", "image/heic"),
        (b"\x00\x00\x00\x18ftypM4A ", "voz.m4a", "audio/mp4"),
        (b"RIFF\x00\x00\x00\x00WEBP", "foto.webp", "image/webp"),
        (b"", "nada.pdf", "application/pdf"),
        (JPEG, "imagem", "image/png"),
    ],
)
def test_a12_an_honest_file_is_not_marked(content: bytes, name: str, kind: str):
    assert not is_disguised(content, name, kind)


def test_a12_the_mark_is_on_the_attachment():
    disposition = 'attachment; filename="boleto.pdf"'
    liar = part(HTML, "application/pdf", Content_Disposition=disposition)
    honest = part(PDF, "application/pdf", Content_Disposition=disposition)
    result = parse(multipart("mixed", part("x"), liar, honest))
    assert [x.disguised for x in result.attachments] == [True, False]
