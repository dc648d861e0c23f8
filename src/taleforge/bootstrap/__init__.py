"""The only room that names concrete classes: settings in, a house of tables out.

Holds no behaviour of its own beyond what a host does with whole tables. Read `opening.py` first.
"""

from taleforge.bootstrap.backups import back_up, blobs_of, examine_backup, restore_backup
from taleforge.bootstrap.house import Arrival, House, accounts_of
from taleforge.bootstrap.language import ask_models, models_of, survey
from taleforge.bootstrap.moving import move
from taleforge.bootstrap.opening import build
from taleforge.bootstrap.others import keeps_here, others
from taleforge.bootstrap.pictures import PICTURES, paint, picture_of
from taleforge.bootstrap.places import LOCAL_CAMPAIGN, LOCAL_PERSON, LOCAL_SPACE, NO_CONTENT
from taleforge.bootstrap.secrets import key_of, known_key
from taleforge.bootstrap.speech import SECONDS, listen, quotas_of, say, speech_of, voice_id
from taleforge.bootstrap.stores import Store, browse, hash_of_state, migrate
from taleforge.bootstrap.tales import (
    check,
    check_file,
    copy_out,
    packs_in_play,
    read_file,
    read_save,
    recover,
    retell,
    writer_of,
)
from taleforge.bootstrap.work import QUEUES
from taleforge.bootstrap.workshop import Workshop, workshop
from taleforge.jobs.service import Jobs
from taleforge.store.archive import Manifest
from taleforge.store.archive import backups as backups_in
from taleforge.store.archive import new_file as new_backup
from taleforge.store.archive import newest as newest_backup
from taleforge.store.files import Tale
from taleforge.store.move import Moved
from taleforge.store.upgrade import Plan
from taleforge.table.verify import Verdict

__all__ = [
    "LOCAL_CAMPAIGN",
    "LOCAL_PERSON",
    "LOCAL_SPACE",
    "NO_CONTENT",
    "PICTURES",
    "QUEUES",
    "SECONDS",
    "Arrival",
    "House",
    "Jobs",
    "Manifest",
    "Moved",
    "Plan",
    "Store",
    "Tale",
    "Verdict",
    "Workshop",
    "accounts_of",
    "ask_models",
    "back_up",
    "backups_in",
    "blobs_of",
    "browse",
    "build",
    "check",
    "check_file",
    "copy_out",
    "examine_backup",
    "hash_of_state",
    "keeps_here",
    "key_of",
    "known_key",
    "listen",
    "migrate",
    "models_of",
    "move",
    "new_backup",
    "newest_backup",
    "others",
    "packs_in_play",
    "paint",
    "picture_of",
    "quotas_of",
    "read_file",
    "read_save",
    "recover",
    "restore_backup",
    "retell",
    "say",
    "speech_of",
    "survey",
    "voice_id",
    "workshop",
    "writer_of",
]
