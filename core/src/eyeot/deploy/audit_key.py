"""Audit key: what the checkpoints of this deployment's audit are signed with."""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

from eyeot.deploy.secret_keys import check_private, make
from eyeot.deploy.settings import Settings, WrongSettings
from eyeot.runtime.sealing.notes import BadKey, Signer, Verifier
from eyeot.runtime.sealing.outside import Shelf, Witness

FILE = "audit.key"
_EXPORTS = b"eyeot exports v1"


def signer(settings: Settings) -> Signer:
    """`EYEOT_AUDIT_KEY`, else the key in the data directory, made when first needed."""
    try:
        if settings.audit_key:
            return Signer.parse(settings.audit_key)
        return Signer.parse(_kept(settings))
    except BadKey as wrong:
        where = "EYEOT_AUDIT_KEY" if settings.audit_key else str(settings.data_dir / FILE)
        raise WrongSettings(f"{where}: {wrong}.") from wrong


def export_seed(settings: Settings) -> bytes:
    """What signs the files that leave this deployment: a key of its own, made from the audit's."""
    return signer(settings).derived(_EXPORTS)


def trusted(settings: Settings) -> list[Verifier]:
    """The public key of this deployment, where its private one is known."""
    if not settings.audit_key and not (settings.data_dir / FILE).exists():
        return []
    return [signer(settings).verifier]


def shelf(settings: Settings) -> Shelf:
    """Where checkpoints are kept outside the database."""
    told = settings.audit_checkpoints
    return Shelf(Path(told) if told else settings.data_dir / "audit" / "checkpoints")


def witness(settings: Settings) -> Witness | None:
    """Who else is told of checkpoints."""
    return Witness(settings.audit_witness, shelf(settings)) if settings.audit_witness else None


def _kept(settings: Settings) -> str:
    path = settings.data_dir / FILE
    if not path.exists():
        try:
            make(path, Signer.make(_name(settings)).secret() + "\n")
        except OSError as wrong:
            why = f"{path} cannot be written ({wrong.strerror})"
            raise WrongSettings(f"{why}; set EYEOT_AUDIT_KEY or EYEOT_DATA_DIR.") from wrong
    check_private(path)
    return path.read_text()


def _name(settings: Settings) -> str:
    """How checkpoints name this deployment: by its host, or by chance."""
    host = urlsplit(settings.public_url).hostname
    return f"{host or 'eyeot-' + secrets.token_hex(4)}/audit"
