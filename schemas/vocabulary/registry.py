"""Registers 名册: campaigns, limits, units, and changes of entries."""

from __future__ import annotations

from schemas.vocabulary.labels import LabelledEnum


class Campaign(LabelledEnum):
    """The five campaigns 五大专项行动: the top of the category tree."""

    PUBLIC_FACILITIES = "public_facilities", "公共设施补短板", "Public facilities"
    UNCIVIL_BEHAVIOUR = "uncivil_behaviour", "不文明行为整治", "Uncivil behaviour"
    FRONTAGE_DUTY = "frontage_duty", "门前三包", "Frontage duties"
    VOLUNTEER_GRID = "volunteer_grid", "志愿服务网格化", "Volunteer grid"
    APPLICATION_FILES = "application_files", "网申材料提升", "Application files"


class Severity(LabelledEnum):
    """The severity of a category 严重程度; the wire carries the digit."""

    DANGER = "1", "危险", "Danger"
    HIGH = "2", "较重", "High"
    NORMAL = "3", "一般", "Normal"
    LOW = "4", "轻微", "Low"


class LimitUnit(LabelledEnum):
    """The unit of a category's limit 时限单位 (DOMAIN §5)."""

    CONTINUOUS_HOURS = "continuous_hours", "紧急工作时", "continuous hours"
    WORKING_HOURS = "working_hours", "工作时", "working hours"
    WORKING_DAYS = "working_days", "工作日", "working days"
    ON_THE_SPOT = "on_the_spot", "当场", "on the spot"


class RecordAs(LabelledEnum):
    """Whether a record of a category opens a task 立案 or counts as a persuasion 劝导."""

    TASK = "task", "立案处置", "Task"
    TALLY = "tally", "计数劝导", "Tally"
    TALLY_OR_TASK = "tally_or_task", "计数或立案", "Tally or task"


class UnitKind(LabelledEnum):
    """The kind of a unit 单位类型."""

    RESPONSIBLE = "responsible", "责任部门", "Department"
    STREET = "street", "街道（乡镇）", "Street office"
    PAIRING = "pairing", "包联单位", "Pairing unit"


class LocalityBasis(LabelledEnum):
    """The basis of street and community 属地依据: what they were taken from."""

    CONFIRMED = "confirmed", "已确认", "Confirmed"
    OUTLINE = "outline", "按界线", "By outline"
    PRESUMED = "presumed", "推定", "Presumed"
    UNDECIDED = "undecided", "未定", "Undecided"


class LocalityLevel(LabelledEnum):
    """The level of a locality 属地层级."""

    DISTRICT = "district", "城区", "District"
    STREET = "street", "街道", "Street"
    COMMUNITY = "community", "社区", "Community"


class Datum(LabelledEnum):
    """The datum of coordinates 坐标系 in a file that a city brings."""

    WGS84 = "wgs84", "WGS-84（GPS）", "WGS-84 (GPS)"
    CGCS2000 = "cgcs2000", "CGCS2000（天地图、国家大地坐标系）", "CGCS2000 (official maps)"
    GCJ02 = "gcj02", "GCJ-02（高德、腾讯）", "GCJ-02 (Amap, Tencent)"


class LandmarkKind(LabelledEnum):
    """The kind of what is nearest to a position 最近地点."""

    POINT = "point", "点位", "Point"
    SHOP = "shop", "门店", "Shop"


class Register(LabelledEnum):
    """A register 名册."""

    PEOPLE = "people", "人员", "People"
    UNITS = "units", "责任单位", "Units"
    POINTS = "points", "点位", "Points"
    SHOPS = "shops", "门店", "Shops"
    CATEGORIES = "categories", "问题类别", "Categories"
    PAIRINGS = "pairings", "包联", "Pairings"


class RegisterAction(LabelledEnum):
    """What a person did to an entry of a register 变更动作."""

    CREATED = "created", "新增", "Created"
    CHANGED = "changed", "修改", "Changed"
    PASSWORD_RESET = "password_reset", "重设密码", "Password reset"
    SIGNED_OUT = "signed_out", "退出全部设备", "Signed out everywhere"


class ImportMode(LabelledEnum):
    """The mode of an import 导入方式: which of the readable rows are written."""

    DRY_RUN = "dry_run", "只检查，不写入", "Look only"
    ALL_OR_NOTHING = "all_or_nothing", "全部正确才写入", "All rows or none"
    GOOD_ROWS = "good_rows", "只写入正确的行", "Only the good rows"


class Installation(LabelledEnum):
    """What an installation holds 安装类型; it is decided once, by `up` or by `init`."""

    DEMO = "demo", "演示", "Demonstration"
    CITY = "city", "真实城市", "Real city"


class SetupStep(LabelledEnum):
    """A step of setting up a real city 开城步骤, in order."""

    DISTRICTS = "districts", "城区", "Districts"
    UNITS = "units", "单位", "Units"
    PEOPLE = "people", "人员", "People"
    POINTS = "points", "点位", "Points"
    ROUTING = "routing", "路由", "Routing"
    INVITATIONS = "invitations", "邀请", "Invitations"
