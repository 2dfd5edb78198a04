"""Imports every module that declares tables, so that `Base.metadata` is whole."""

from services import events
from services.cities import models as cities
from services.database import Base
from services.delivery import models as delivery
from services.ledger import models as ledger
from services.members import models as members
from services.receipts import models as receipts
from services.rewards import models as rewards

MODULES = (cities, delivery, events, ledger, members, receipts, rewards)

metadata = Base.metadata
