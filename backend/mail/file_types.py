"""Which extension goes with which content type, for names and types that mails leave out."""

_TYPES = {
    "application/json": "json",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/css": "css",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
_ALIASES = {
    "application/x-pkcs7-mime": "p7m",
    "application/x-pkcs7-signature": "p7s",
    "application/vnd.ms-tnef": "dat",
    "image/jpg": "jpg",
    "image/pjpeg": "jpg",
    "image/x-png": "png",
    "message/global": "eml",
    "text/directory": "vcf",
    "text/rtf": "rtf",
    "text/x-vcard": "vcf",
    "text/xml": "xml",
}
_EXTENSIONS = {extension: kind for kind, extension in _TYPES.items()}
_EXTENSIONS |= {"htm": "text/html", "jpeg": "image/jpeg", "tiff": "image/tiff", "log": "text/plain"}


def extension_of(content_type: str) -> str:
    """Return the extension for a lower-case content type, "bin" for an unknown one."""
    return _TYPES.get(content_type) or _ALIASES.get(content_type) or "bin"


def type_of(filename: str) -> str:
    """Return the content type for a file name, application/octet-stream for an unknown one."""
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    return _EXTENSIONS.get(extension, "application/octet-stream")
