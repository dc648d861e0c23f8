"""What handlers are given by name, as types: `desk: TheDesk`, `caller: TheCaller`, `place: ThePlace`.

`app` provides them. Holds nothing else.
"""

from litestar.di import NamedDependency

from taleforge.api.callers import Caller
from taleforge.api.desk import Desk, Place

TheDesk = NamedDependency[Desk]
TheCaller = NamedDependency[Caller]
ThePlace = NamedDependency[Place]
