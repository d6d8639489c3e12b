"""Problems of observations 上报问题, tasks 案件 and visits 现场复核."""

from __future__ import annotations

from inspect_server.core.problems.base import Problem
from inspect_server.core.sentences import sentence


class CategoryUnknown(Problem):
    """The category does not exist."""

    slug, status, title = "category-unknown", 422, sentence("问题类别不存在")
    advice = sentence("记录已留存；督查员会改到正确的类别。")


class PlaceOutOfRange(Problem):
    """A position outside the range of longitude and latitude."""

    slug, status, title = "place-out-of-range", 422, sentence("位置超出范围")
    advice = sentence("记录已留存；督查员会补充位置。")


class TooManyPhotos(Problem):
    """More than nine photos in one record."""

    slug, status, title = "too-many-photos", 422, sentence("照片超过 9 张")
    advice = sentence("记录和照片都已留存；请把多出的照片另记一条。")


class TooLateToAmend(Problem):
    """A record can be corrected or withdrawn only before it is filed."""

    slug, status, title = "too-late-to-amend", 409, sentence("已立案，不能更正或撤回")
    advice = sentence("请联系本城区督查员。")


class MoveNotAllowed(Problem):
    """The flow has no such move from this state for this role."""

    slug, status, title = "move-not-allowed", 409, sentence("当前状态不能这样操作")
    advice = sentence("请刷新案件，查看现在可以进行的操作。")


class MoveIncomplete(Problem):
    """The move lacks a decision, another case or a day."""

    slug, status, title = "move-incomplete", 422, sentence("操作内容不完整")
    advice = sentence("请按提示补充后再提交。")


class HintUnconfirmed(Problem):
    """The screening of the photos has hints that a pass has to confirm by name."""

    slug, status, title = "hint-unconfirmed", 409, sentence("照片有疑点，需逐项确认")
    advice = sentence("请逐项核对提示，确认无误后再通过；确认会留在办理记录里。")


class MoveIdReused(Problem):
    """The move id was used before with other content."""

    slug, status, title = "move-id-reused", 409, sentence("操作编号重复")
    advice = sentence("先到的操作不受影响；请刷新后重新操作。")


class ReasonMissing(Problem):
    """The move needs a reason."""

    slug, status, title = "reason-missing", 422, sentence("请填写理由")
    advice = sentence("理由会反馈给上报人和责任单位。")


class UnitMissing(Problem):
    """A dispatch needs a responsible unit."""

    slug, status, title = "unit-missing", 422, sentence("请选择责任单位")
    advice = sentence("该类别在此处没有匹配的派遣规则，请手动选择单位。")


class CategoryMissing(Problem):
    """A record without a category 待归类 is filed only under a category."""

    slug, status, title = "category-missing", 422, sentence("待归类，请先选择类别")
    advice = sentence("请看照片和说明，选择正确的类别再立案；时限和责任单位按所选类别确定。")


class EvidenceMissing(Problem):
    """The after photos 整改后照片 the category requires are missing."""

    slug, status, title = "evidence-missing", 422, sentence("缺少整改后照片")
    advice = sentence("请在现场补拍整改后照片再提交。")


class PhotosNeverCame(Problem):
    """The photos of a move did not arrive in time."""

    slug, status, title = "photos-never-came", 409, sentence("照片迟迟未到")
    advice = sentence("提交未生效，时限已继续计算；请重新拍摄并提交。")


class VisitUnderWay(Problem):
    """The case has a visit 现场复核 without result already."""

    slug, status, title = "visit-under-way", 409, sentence("已请人到现场复核")
    advice = sentence("请等待结果；如需换人，请先撤回再请。")


class VisitorUnsuitable(Problem):
    """This person may not visit: not an observer, or involved in the case."""

    slug, status, title = "visitor-unsuitable", 422, sentence("不能请这位人员复核")
    advice = sentence("请从名单中选择另一位观察员。")


class VisitSettled(Problem):
    """The visit has a finding and cannot be withdrawn."""

    slug, status, title = "visit-settled", 409, sentence("现场复核已有结果")
    advice = sentence("结果已作为证据保存，不能撤回；请刷新案件查看。")


class VisitUnknown(Problem):
    """The visit does not exist, or is assigned to another observer."""

    slug, status, title = "visit-unknown", 404, sentence("没有交给您的这项现场复核")
    advice = sentence("内容和照片已留存，由督查员核对。")


class VisitWithdrawn(Problem):
    """A supervisor withdrew the visit before its finding came."""

    slug, status, title = "visit-withdrawn", 409, sentence("现场复核已撤回")
    advice = sentence("督查员已不需要这项复核；内容和照片已留存，由督查员核对。")
