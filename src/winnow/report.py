"""The metrics of reports, for whoever has a ledger, or outcomes of any other origin, at hand.

>>> from winnow import report
>>> report.pass_at_k(n=4, c=1, k=2)
0.5
>>> [(point.k, point.value) for point in report.coverage_curve([[True, False], [False, False]])]
[(1, 0.25), (2, 0.5)]
"""

from winnow.steps.ledger import Ledger
from winnow.steps.report.audit import auc
from winnow.steps.report.best_of import best_of
from winnow.steps.report.coverage import pass_at_k
from winnow.steps.report.curves import coverage_curve, pass_at_every_k
from winnow.steps.report.intervals import bootstrap
from winnow.steps.report.law import PowerLaw, fit, forecast_of
from winnow.steps.report.model import Report, RunReport
from winnow.steps.report.outcomes import Outcomes, outcomes_of
from winnow.steps.report.report import Told, report_of

__all__ = [
    "Ledger",
    "Outcomes",
    "PowerLaw",
    "Report",
    "RunReport",
    "Told",
    "auc",
    "best_of",
    "bootstrap",
    "coverage_curve",
    "fit",
    "forecast_of",
    "outcomes_of",
    "pass_at_every_k",
    "pass_at_k",
    "report_of",
]
