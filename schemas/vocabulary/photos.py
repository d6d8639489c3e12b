"""Photos 照片: roles, evidence, states, and the hints of the screening 筛查."""

from __future__ import annotations

from schemas.vocabulary.labels import LabelledEnum


class PhotoRole(LabelledEnum):
    """The role of a photo as evidence 照片角色 (DESIGN §4)."""

    SCENE = "scene", "全景", "Scene"
    CLOSE = "close", "近景", "Close-up"
    BEFORE = "before", "整改前", "Before"
    AFTER = "after", "整改后", "After"
    DOCUMENT = "document", "材料", "Document"
    # A copy of another photo of the record that its observer drew on; no evidence by itself.
    ANNOTATED = "annotated", "标注", "Annotated copy"


class EvidencePiece(LabelledEnum):
    """A piece of the evidence of a record or of a submission 证据要素."""

    SCENE = "scene", "全景", "a wide view"
    CLOSE = "close", "近景", "a close-up"
    MARK = "mark", "权属标识、招牌或编号", "the owner's mark or number"
    BEFORE = "before", "整改前照片", "a photo from before"
    AFTER = "after", "整改后照片", "a photo from after"
    TAKEN_HERE = (
        "taken_here",
        "现场拍摄（不是相册）的照片",
        "a photo taken here, not from the album",
    )
    DOCUMENT = "document", "材料照片", "a photo of the document"
    NOTE = "note", "文字说明", "a note"
    MADE_KNOWN = "made_known", "“已电话报告、已围护”的说明", "a note: reported by phone, fenced off"


class PhotoSource(LabelledEnum):
    """The source of a photo 照片来源: camera of the application, file, or import."""

    SHUTTER = "shutter", "现场拍摄", "Shutter"
    INPUT = "input", "相册或系统相机", "File input"
    IMPORT = "import", "导入", "Import"


class PhotoState(LabelledEnum):
    """The state of the upload of a photo 上传状态 (DESIGN §5)."""

    DECLARED = "declared", "未上传", "Declared"
    PARTIAL = "partial", "上传中", "Partly received"
    STORED = "stored", "已入库", "Stored"
    REJECTED = "rejected", "已拒收", "Rejected"


class DerivativeState(LabelledEnum):
    """The state of review copy and thumbnail 核查图、缩略图."""

    PENDING = "pending", "生成中", "Pending"
    READY = "ready", "可查看", "Ready"
    FAILED = "failed", "生成失败", "Failed"


class Derivative(LabelledEnum):
    """A copy of a photo 照片版本: the original or a derivative."""

    ORIGINAL = "original", "封存原件", "Sealed original"
    REVIEW = "review", "审阅件", "Review copy"
    THUMB = "thumb", "缩略图", "Thumbnail"


class HintKind(LabelledEnum):
    """A reason to check a photo again 筛查提示; never a verdict."""

    BEFORE_AS_AFTER = "before_as_after", "整改前照片冒充整改后", "Before re-used as after"
    SAME_BYTES = "same_bytes", "同一文件", "Same file"
    SAME_EXPOSURE = "same_exposure", "同一次拍摄", "Same exposure"
    EDITED = "edited", "修图软件痕迹", "Editing software"
    TAKEN_EARLY = "taken_early", "拍摄时间过早", "Taken too early"
    FAR_FROM_BEFORE = "far_from_before", "距问题位置过远", "Far from the problem"
    FAR_FROM_POINT = "far_from_point", "距点位过远", "Far from the point"
    OUTSIDE_DISTRICT = "outside_district", "不在所属城区", "Outside the district"
    POOR_ACCURACY = "poor_accuracy", "定位不准", "Poor accuracy"
    CLOCK_OFF = "clock_off", "手机时钟不准", "Clock is off"
    NOT_SHUTTER = "not_shutter", "非现场拍摄", "Not taken in the app"
    BLURRED = "blurred", "照片模糊", "Blurred"
    DARK = "dark", "照片过暗", "Dark"


class HintLevel(LabelledEnum):
    """The level of a hint 提示程度."""

    DANGER = "danger", "重点核对", "Check first"
    WARNING = "warning", "需留意", "Look twice"
    INFO = "info", "供参考", "For information"


class StrokeKind(LabelledEnum):
    """The kind of a stroke of an annotation 圈注."""

    PEN = "pen", "画笔", "Pen"
    ELLIPSE = "ellipse", "圆圈", "Circle"
    ARROW = "arrow", "箭头", "Arrow"
