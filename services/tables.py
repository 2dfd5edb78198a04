"""Imports every module that declares tables, so that `Base.metadata` is whole."""

from services import events
from services.cities import models as cities
from services.civic import models as civic
from services.database import Base
from services.delivery import models as delivery
from services.ledger import models as ledger
from services.members import models as members
from services.plan import models as plan
from services.projects import models as projects
from services.receipts import models as receipts
from services.reports import models as reports
from services.rewards import models as rewards
from services.sharing import models as sharing

MODULES = (
    *(cities, civic, delivery, events, ledger, members, plan, projects, receipts, reports),
    *(rewards, sharing),
)

metadata = Base.metadata
