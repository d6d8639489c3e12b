/**
 * The closed lists of the product with their 中文 and English labels.
 * Generated from schemas/vocabulary/ by tools/contract.py: change it there.
 */

export interface Label {
  readonly zh: string
  readonly en: string
}

/** The role of a person 角色 (DESIGN §8). */
export const Role = {
  OBSERVER: 'observer',
  STEWARD: 'steward',
  VOLUNTEER: 'volunteer',
  HANDLER: 'handler',
  SUPERVISOR: 'supervisor',
  ARBITER: 'arbiter',
  ADMIN: 'admin',
} as const
export type Role = (typeof Role)[keyof typeof Role]
export const RoleLabel: Readonly<Record<Role, Label>> = {
  observer: { zh: '文明观察员', en: 'Observer' },
  steward: { zh: '文明劝导员', en: 'Steward' },
  volunteer: { zh: '网格志愿者', en: 'Volunteer' },
  handler: { zh: '处置人员', en: 'Handler' },
  supervisor: { zh: '督查员', en: 'Supervisor' },
  arbiter: { zh: '裁定员', en: 'Arbiter' },
  admin: { zh: '系统管理员', en: 'Administrator' },
}

/** The scope of a person 权限范围 (DESIGN §8). */
export const ScopeLevel = {
  CITY: 'city',
  DISTRICT: 'district',
  UNIT: 'unit',
  SELF: 'self',
} as const
export type ScopeLevel = (typeof ScopeLevel)[keyof typeof ScopeLevel]
export const ScopeLevelLabel: Readonly<Record<ScopeLevel, Label>> = {
  city: { zh: '全市', en: 'City' },
  district: { zh: '城区', en: 'District' },
  unit: { zh: '本单位', en: 'Unit' },
  self: { zh: '本人', en: 'Self' },
}

/** The five campaigns 五大专项行动: the top of the category tree. */
export const Campaign = {
  PUBLIC_FACILITIES: 'public_facilities',
  UNCIVIL_BEHAVIOUR: 'uncivil_behaviour',
  FRONTAGE_DUTY: 'frontage_duty',
  VOLUNTEER_GRID: 'volunteer_grid',
  APPLICATION_FILES: 'application_files',
} as const
export type Campaign = (typeof Campaign)[keyof typeof Campaign]
export const CampaignLabel: Readonly<Record<Campaign, Label>> = {
  public_facilities: { zh: '公共设施补短板', en: 'Public facilities' },
  uncivil_behaviour: { zh: '不文明行为整治', en: 'Uncivil behaviour' },
  frontage_duty: { zh: '门前三包', en: 'Frontage duties' },
  volunteer_grid: { zh: '志愿服务网格化', en: 'Volunteer grid' },
  application_files: { zh: '网申材料提升', en: 'Application files' },
}

/** The severity of a category 严重程度; the wire carries the digit. */
export const Severity = {
  DANGER: '1',
  HIGH: '2',
  NORMAL: '3',
  LOW: '4',
} as const
export type Severity = (typeof Severity)[keyof typeof Severity]
export const SeverityLabel: Readonly<Record<Severity, Label>> = {
  '1': { zh: '危险', en: 'Danger' },
  '2': { zh: '较重', en: 'High' },
  '3': { zh: '一般', en: 'Normal' },
  '4': { zh: '轻微', en: 'Low' },
}

/** The unit of a category's limit 时限单位 (DOMAIN §5). */
export const LimitUnit = {
  CONTINUOUS_HOURS: 'continuous_hours',
  WORKING_HOURS: 'working_hours',
  WORKING_DAYS: 'working_days',
  ON_THE_SPOT: 'on_the_spot',
} as const
export type LimitUnit = (typeof LimitUnit)[keyof typeof LimitUnit]
export const LimitUnitLabel: Readonly<Record<LimitUnit, Label>> = {
  continuous_hours: { zh: '紧急工作时', en: 'continuous hours' },
  working_hours: { zh: '工作时', en: 'working hours' },
  working_days: { zh: '工作日', en: 'working days' },
  on_the_spot: { zh: '当场', en: 'on the spot' },
}

/** Whether a record of a category opens a task 立案 or counts as a persuasion 劝导. */
export const RecordAs = {
  TASK: 'task',
  TALLY: 'tally',
  TALLY_OR_TASK: 'tally_or_task',
} as const
export type RecordAs = (typeof RecordAs)[keyof typeof RecordAs]
export const RecordAsLabel: Readonly<Record<RecordAs, Label>> = {
  task: { zh: '立案处置', en: 'Task' },
  tally: { zh: '计数劝导', en: 'Tally' },
  tally_or_task: { zh: '计数或立案', en: 'Tally or task' },
}

/** The outcome on the spot 当场结果: what the observer already did. */
export const Outcome = {
  OPEN: 'open',
  FIXED_ON_SPOT: 'fixed_on_spot',
  PERSUADED: 'persuaded',
} as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]
export const OutcomeLabel: Readonly<Record<Outcome, Label>> = {
  open: { zh: '待处置', en: 'Open' },
  fixed_on_spot: { zh: '已当场整改', en: 'Fixed on the spot' },
  persuaded: { zh: '已现场劝导', en: 'Persuaded' },
}

/** The source of a position 定位来源. */
export const PlaceSource = {
  GNSS: 'gnss',
  NETWORK: 'network',
  POINT: 'point',
  PIN: 'pin',
  NONE: 'none',
} as const
export type PlaceSource = (typeof PlaceSource)[keyof typeof PlaceSource]
export const PlaceSourceLabel: Readonly<Record<PlaceSource, Label>> = {
  gnss: { zh: '卫星定位', en: 'Satellite fix' },
  network: { zh: '网络定位', en: 'Network fix' },
  point: { zh: '点位坐标', en: 'Point\'s position' },
  pin: { zh: '手动选点', en: 'Pin set by hand' },
  none: { zh: '无定位', en: 'No position' },
}

/** The basis of street and community 属地依据: what they were taken from. */
export const LocalityBasis = {
  CONFIRMED: 'confirmed',
  OUTLINE: 'outline',
  PRESUMED: 'presumed',
  UNDECIDED: 'undecided',
} as const
export type LocalityBasis = (typeof LocalityBasis)[keyof typeof LocalityBasis]
export const LocalityBasisLabel: Readonly<Record<LocalityBasis, Label>> = {
  confirmed: { zh: '已确认', en: 'Confirmed' },
  outline: { zh: '按界线', en: 'By outline' },
  presumed: { zh: '推定', en: 'Presumed' },
  undecided: { zh: '未定', en: 'Undecided' },
}

/** The level of a locality 属地层级. */
export const LocalityLevel = {
  DISTRICT: 'district',
  STREET: 'street',
  COMMUNITY: 'community',
} as const
export type LocalityLevel = (typeof LocalityLevel)[keyof typeof LocalityLevel]
export const LocalityLevelLabel: Readonly<Record<LocalityLevel, Label>> = {
  district: { zh: '城区', en: 'District' },
  street: { zh: '街道', en: 'Street' },
  community: { zh: '社区', en: 'Community' },
}

/** The datum of coordinates 坐标系 in a file that a city brings. */
export const Datum = {
  WGS84: 'wgs84',
  CGCS2000: 'cgcs2000',
  GCJ02: 'gcj02',
} as const
export type Datum = (typeof Datum)[keyof typeof Datum]
export const DatumLabel: Readonly<Record<Datum, Label>> = {
  wgs84: { zh: 'WGS-84（GPS）', en: 'WGS-84 (GPS)' },
  cgcs2000: { zh: 'CGCS2000（天地图、国家大地坐标系）', en: 'CGCS2000 (official maps)' },
  gcj02: { zh: 'GCJ-02（高德、腾讯）', en: 'GCJ-02 (Amap, Tencent)' },
}

/** The kind of what is nearest to a position 最近地点. */
export const LandmarkKind = {
  POINT: 'point',
  SHOP: 'shop',
} as const
export type LandmarkKind = (typeof LandmarkKind)[keyof typeof LandmarkKind]
export const LandmarkKindLabel: Readonly<Record<LandmarkKind, Label>> = {
  point: { zh: '点位', en: 'Point' },
  shop: { zh: '门店', en: 'Shop' },
}

/** The state of a record 记录状态 (I11). */
export const ObservationState = {
  INCOMPLETE: 'incomplete',
  COMPLETE: 'complete',
  QUARANTINED: 'quarantined',
  WITHDRAWN: 'withdrawn',
} as const
export type ObservationState = (typeof ObservationState)[keyof typeof ObservationState]
export const ObservationStateLabel: Readonly<Record<ObservationState, Label>> = {
  incomplete: { zh: '照片未齐', en: 'Photos missing' },
  complete: { zh: '完整', en: 'Complete' },
  quarantined: { zh: '待人工核对', en: 'Quarantined' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
}

/** The role of a photo as evidence 照片角色 (DESIGN §4). */
export const PhotoRole = {
  SCENE: 'scene',
  CLOSE: 'close',
  BEFORE: 'before',
  AFTER: 'after',
  DOCUMENT: 'document',
  ANNOTATED: 'annotated',
} as const
export type PhotoRole = (typeof PhotoRole)[keyof typeof PhotoRole]
export const PhotoRoleLabel: Readonly<Record<PhotoRole, Label>> = {
  scene: { zh: '全景', en: 'Scene' },
  close: { zh: '近景', en: 'Close-up' },
  before: { zh: '整改前', en: 'Before' },
  after: { zh: '整改后', en: 'After' },
  document: { zh: '材料', en: 'Document' },
  annotated: { zh: '标注', en: 'Annotated copy' },
}

/** A piece of the evidence of a record or of a submission 证据要素. */
export const EvidencePiece = {
  SCENE: 'scene',
  CLOSE: 'close',
  MARK: 'mark',
  BEFORE: 'before',
  AFTER: 'after',
  TAKEN_HERE: 'taken_here',
  DOCUMENT: 'document',
  NOTE: 'note',
  MADE_KNOWN: 'made_known',
} as const
export type EvidencePiece = (typeof EvidencePiece)[keyof typeof EvidencePiece]
export const EvidencePieceLabel: Readonly<Record<EvidencePiece, Label>> = {
  scene: { zh: '全景', en: 'a wide view' },
  close: { zh: '近景', en: 'a close-up' },
  mark: { zh: '权属标识、招牌或编号', en: 'the owner\'s mark or number' },
  before: { zh: '整改前照片', en: 'a photo from before' },
  after: { zh: '整改后照片', en: 'a photo from after' },
  taken_here: { zh: '现场拍摄（不是相册）的照片', en: 'a photo taken here, not from the album' },
  document: { zh: '材料照片', en: 'a photo of the document' },
  note: { zh: '文字说明', en: 'a note' },
  made_known: { zh: '“已电话报告、已围护”的说明', en: 'a note: reported by phone, fenced off' },
}

/** The source of a photo 照片来源: camera of the application, file, or import. */
export const PhotoSource = {
  SHUTTER: 'shutter',
  INPUT: 'input',
  IMPORT: 'import',
} as const
export type PhotoSource = (typeof PhotoSource)[keyof typeof PhotoSource]
export const PhotoSourceLabel: Readonly<Record<PhotoSource, Label>> = {
  shutter: { zh: '现场拍摄', en: 'Shutter' },
  input: { zh: '相册或系统相机', en: 'File input' },
  import: { zh: '导入', en: 'Import' },
}

/** The state of the upload of a photo 上传状态 (DESIGN §5). */
export const PhotoState = {
  DECLARED: 'declared',
  PARTIAL: 'partial',
  STORED: 'stored',
  REJECTED: 'rejected',
} as const
export type PhotoState = (typeof PhotoState)[keyof typeof PhotoState]
export const PhotoStateLabel: Readonly<Record<PhotoState, Label>> = {
  declared: { zh: '未上传', en: 'Declared' },
  partial: { zh: '上传中', en: 'Partly received' },
  stored: { zh: '已入库', en: 'Stored' },
  rejected: { zh: '已拒收', en: 'Rejected' },
}

/** The state of review copy and thumbnail 核查图、缩略图. */
export const DerivativeState = {
  PENDING: 'pending',
  READY: 'ready',
  FAILED: 'failed',
} as const
export type DerivativeState = (typeof DerivativeState)[keyof typeof DerivativeState]
export const DerivativeStateLabel: Readonly<Record<DerivativeState, Label>> = {
  pending: { zh: '生成中', en: 'Pending' },
  ready: { zh: '可查看', en: 'Ready' },
  failed: { zh: '生成失败', en: 'Failed' },
}

/** A copy of a photo 照片版本: the original or a derivative. */
export const Derivative = {
  ORIGINAL: 'original',
  REVIEW: 'review',
  THUMB: 'thumb',
} as const
export type Derivative = (typeof Derivative)[keyof typeof Derivative]
export const DerivativeLabel: Readonly<Record<Derivative, Label>> = {
  original: { zh: '封存原件', en: 'Sealed original' },
  review: { zh: '审阅件', en: 'Review copy' },
  thumb: { zh: '缩略图', en: 'Thumbnail' },
}

/** The state of a case 案件状态 (DOMAIN §4). */
export const TaskState = {
  AWAITING_EVIDENCE: 'awaiting_evidence',
  REPORTED: 'reported',
  FILED: 'filed',
  DISPATCHED: 'dispatched',
  HANDED_BACK: 'handed_back',
  HANDLING: 'handling',
  VERIFYING: 'verifying',
  REWORK: 'rework',
  SHELVED: 'shelved',
  CLOSED: 'closed',
  REJECTED: 'rejected',
  MERGED: 'merged',
  VOID: 'void',
} as const
export type TaskState = (typeof TaskState)[keyof typeof TaskState]
export const TaskStateLabel: Readonly<Record<TaskState, Label>> = {
  awaiting_evidence: { zh: '待证据', en: 'Awaiting evidence' },
  reported: { zh: '待立案', en: 'Reported' },
  filed: { zh: '已立案', en: 'Filed' },
  dispatched: { zh: '已派遣', en: 'Dispatched' },
  handed_back: { zh: '已退回', en: 'Handed back' },
  handling: { zh: '处置中', en: 'Handling' },
  verifying: { zh: '待核查', en: 'Verifying' },
  rework: { zh: '返工', en: 'Rework' },
  shelved: { zh: '挂账', en: 'Shelved' },
  closed: { zh: '已结案', en: 'Closed' },
  rejected: { zh: '不予立案', en: 'Rejected' },
  merged: { zh: '已并案', en: 'Merged' },
  void: { zh: '作废', en: 'Void' },
}

/** A move of a task 案件操作: a step that a person takes (DESIGN §6). */
export const Move = {
  FILE: 'file',
  REJECT: 'reject',
  MERGE: 'merge',
  VOID: 'void',
  ASK_MORE: 'ask_more',
  PROCEED: 'proceed',
  DISPATCH: 'dispatch',
  ACCEPT: 'accept',
  HAND_BACK: 'hand_back',
  ARBITRATE: 'arbitrate',
  SUBMIT: 'submit',
  PASS: 'pass',
  FAIL: 'fail',
  REQUEST_EXTENSION: 'request_extension',
  DECIDE_EXTENSION: 'decide_extension',
  SHELVE: 'shelve',
  RESUME: 'resume',
  MAKE_SAFE: 'make_safe',
  ESCALATE: 'escalate',
  REOPEN: 'reopen',
  APPEAL: 'appeal',
  DECIDE_APPEAL: 'decide_appeal',
} as const
export type Move = (typeof Move)[keyof typeof Move]
export const MoveLabel: Readonly<Record<Move, Label>> = {
  file: { zh: '立案', en: 'File' },
  reject: { zh: '不予立案', en: 'Reject' },
  merge: { zh: '并案', en: 'Merge' },
  void: { zh: '作废', en: 'Void' },
  ask_more: { zh: '要求补充', en: 'Ask for more' },
  proceed: { zh: '按现有证据受理', en: 'Proceed' },
  dispatch: { zh: '派遣', en: 'Dispatch' },
  accept: { zh: '签收', en: 'Accept' },
  hand_back: { zh: '退回', en: 'Hand back' },
  arbitrate: { zh: '裁定', en: 'Arbitrate' },
  submit: { zh: '提交处置结果', en: 'Submit' },
  pass: { zh: '核查通过', en: 'Pass' },
  fail: { zh: '核查不通过', en: 'Fail' },
  request_extension: { zh: '申请延期', en: 'Request extension' },
  decide_extension: { zh: '审批延期', en: 'Decide extension' },
  shelve: { zh: '挂账', en: 'Shelve' },
  resume: { zh: '恢复', en: 'Resume' },
  make_safe: { zh: '已排险', en: 'Made safe' },
  escalate: { zh: '督办', en: 'Escalate' },
  reopen: { zh: '重开', en: 'Reopen' },
  appeal: { zh: '申诉', en: 'Appeal' },
  decide_appeal: { zh: '申诉裁决', en: 'Decide appeal' },
}

/** The decision on a request of a unit 审批意见. */
export const Decision = {
  APPROVE: 'approve',
  REFUSE: 'refuse',
} as const
export type Decision = (typeof Decision)[keyof typeof Decision]
export const DecisionLabel: Readonly<Record<Decision, Label>> = {
  approve: { zh: '同意', en: 'Approve' },
  refuse: { zh: '不同意', en: 'Refuse' },
}

/** The state of a request for more time 延期申请, which needs up to two approvals. */
export const ExtensionState = {
  ASKED: 'asked',
  ENDORSED: 'endorsed',
} as const
export type ExtensionState = (typeof ExtensionState)[keyof typeof ExtensionState]
export const ExtensionStateLabel: Readonly<Record<ExtensionState, Label>> = {
  asked: { zh: '待一级审批', en: 'Asked' },
  endorsed: { zh: '待二级审批', en: 'Endorsed once' },
}

/** The state of a unit's one appeal 申诉; the facts stay visible whatever is decided. */
export const AppealState = {
  ASKED: 'asked',
  UPHELD: 'upheld',
  DISMISSED: 'dismissed',
} as const
export type AppealState = (typeof AppealState)[keyof typeof AppealState]
export const AppealStateLabel: Readonly<Record<AppealState, Label>> = {
  asked: { zh: '申诉中', en: 'Asked' },
  upheld: { zh: '申诉成立', en: 'Upheld' },
  dismissed: { zh: '申诉不成立', en: 'Dismissed' },
}

/** The kind of a visit 现场复核; the two Chinese terms are often confused. */
export const VisitKind = {
  PRE_CHECK: 'pre_check',
  VERIFY: 'verify',
} as const
export type VisitKind = (typeof VisitKind)[keyof typeof VisitKind]
export const VisitKindLabel: Readonly<Record<VisitKind, Label>> = {
  pre_check: { zh: '核实', en: 'Check before filing' },
  verify: { zh: '核查', en: 'Check after the repair' },
}

/** The state of a visit 现场复核 that an observer was asked for. */
export const VisitState = {
  ASKED: 'asked',
  DONE: 'done',
  WITHDRAWN: 'withdrawn',
  LAPSED: 'lapsed',
} as const
export type VisitState = (typeof VisitState)[keyof typeof VisitState]
export const VisitStateLabel: Readonly<Record<VisitState, Label>> = {
  asked: { zh: '待现场查看', en: 'Asked' },
  done: { zh: '已有结果', en: 'Done' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
  lapsed: { zh: '已不需要', en: 'No longer needed' },
}

/** The finding of a visit 现场复核结果. */
export const SiteFinding = {
  CONFIRMED: 'confirmed',
  NOT_CONFIRMED: 'not_confirmed',
  CANNOT_TELL: 'cannot_tell',
} as const
export type SiteFinding = (typeof SiteFinding)[keyof typeof SiteFinding]
export const SiteFindingLabel: Readonly<Record<SiteFinding, Label>> = {
  confirmed: { zh: '属实', en: 'Confirmed' },
  not_confirmed: { zh: '不属实', en: 'Not confirmed' },
  cannot_tell: { zh: '无法判断', en: 'Cannot tell' },
}

/** The kind of an alarm of a case 提醒: something is due at a moment. */
export const Alarm = {
  DUE_SOON: 'due_soon',
  OVERDUE: 'overdue',
  ESCALATION: 'escalation',
  MAKE_SAFE_DUE: 'make_safe_due',
  ANSWER_DUE: 'answer_due',
  RESUMPTION: 'resumption',
  VISIT_OVERDUE: 'visit_overdue',
} as const
export type Alarm = (typeof Alarm)[keyof typeof Alarm]
export const AlarmLabel: Readonly<Record<Alarm, Label>> = {
  due_soon: { zh: '即将超期', en: 'Due soon' },
  overdue: { zh: '已超期', en: 'Overdue' },
  escalation: { zh: '超期督办', en: 'Escalation' },
  make_safe_due: { zh: '排险超时', en: 'Not made safe in time' },
  answer_due: { zh: '补充未到', en: 'No answer came' },
  resumption: { zh: '挂账到期', en: 'Shelved until now' },
  visit_overdue: { zh: '现场复核超期', en: 'Visit overdue' },
}

/** The kind of an event of a case that is not a person's move 办理过程. */
export const SystemEvent = {
  OPENED: 'opened',
  EVIDENCE_SETTLED: 'evidence_settled',
  MOVE_PENDING: 'move_pending',
  MOVE_LAPSED: 'move_lapsed',
  WITHDRAWN: 'withdrawn',
  AMENDED: 'amended',
  PLACED: 'placed',
  FILED_BY_RULE: 'filed_by_rule',
  DISPATCHED_BY_RULE: 'dispatched_by_rule',
  CLOSED_BY_RULE: 'closed_by_rule',
  ESCALATED_BY_RULE: 'escalated_by_rule',
  RESUMED_BY_RULE: 'resumed_by_rule',
  UNANSWERED: 'unanswered',
  RECOMPUTED: 'recomputed',
  TOOK_IN: 'took_in',
  MERGED_BY_RULE: 'merged_by_rule',
  NOT_JOINED: 'not_joined',
  VISIT_ASKED: 'visit_asked',
  VISIT_RECORDED: 'visit_recorded',
  VISIT_WITHDRAWN: 'visit_withdrawn',
} as const
export type SystemEvent = (typeof SystemEvent)[keyof typeof SystemEvent]
export const SystemEventLabel: Readonly<Record<SystemEvent, Label>> = {
  opened: { zh: '上报', en: 'Opened' },
  evidence_settled: { zh: '证据已齐', en: 'Evidence settled' },
  move_pending: { zh: '已提交，照片待传', en: 'Move pending its photos' },
  move_lapsed: { zh: '提交未生效', en: 'Pending move lapsed' },
  withdrawn: { zh: '上报人撤回', en: 'Withdrawn by the reporter' },
  amended: { zh: '上报人更正', en: 'Amended by the reporter' },
  placed: { zh: '确定属地', en: 'Locality set' },
  filed_by_rule: { zh: '自动立案', en: 'Filed by rule' },
  dispatched_by_rule: { zh: '自动派遣', en: 'Dispatched by rule' },
  closed_by_rule: { zh: '按规则结案', en: 'Closed by rule' },
  escalated_by_rule: { zh: '超期自动督办', en: 'Escalated by rule' },
  resumed_by_rule: { zh: '到期自动恢复', en: 'Resumed by rule' },
  unanswered: { zh: '补充超期未到', en: 'No answer came' },
  recomputed: { zh: '按新日历重算期限', en: 'Deadline recomputed' },
  took_in: { zh: '并入他案', en: 'Took another case in' },
  merged_by_rule: { zh: '并入附近案件', en: 'Joined a case nearby' },
  not_joined: { zh: '未并入附近案件', en: 'Did not join a case nearby' },
  visit_asked: { zh: '请人现场复核', en: 'Visit asked' },
  visit_recorded: { zh: '现场复核结果', en: 'Visit recorded' },
  visit_withdrawn: { zh: '撤回现场复核', en: 'Visit withdrawn' },
}

/** The kind of an op of a batch 操作类型 (DESIGN §4). */
export const OpKind = {
  OBSERVATION_CREATE: 'observation.create',
  OBSERVATION_AMEND: 'observation.amend',
  OBSERVATION_WITHDRAW: 'observation.withdraw',
  TASK_MOVE: 'task.move',
  VISIT_RECORD: 'visit.record',
} as const
export type OpKind = (typeof OpKind)[keyof typeof OpKind]
export const OpKindLabel: Readonly<Record<OpKind, Label>> = {
  'observation.create': { zh: '上报问题', en: 'New record' },
  'observation.amend': { zh: '更正', en: 'Correction' },
  'observation.withdraw': { zh: '撤回', en: 'Withdrawal' },
  'task.move': { zh: '案件操作', en: 'Move of a task' },
  'visit.record': { zh: '现场复核', en: 'Visit' },
}

/** The result of an op 操作结果. */
export const OpStatus = {
  ACCEPTED: 'accepted',
  DUPLICATE: 'duplicate',
  CONFLICT: 'conflict',
  QUARANTINED: 'quarantined',
  DEFERRED: 'deferred',
} as const
export type OpStatus = (typeof OpStatus)[keyof typeof OpStatus]
export const OpStatusLabel: Readonly<Record<OpStatus, Label>> = {
  accepted: { zh: '已受理', en: 'Accepted' },
  duplicate: { zh: '重复（已受理）', en: 'Duplicate' },
  conflict: { zh: '版本冲突', en: 'Conflict' },
  quarantined: { zh: '待人工核对', en: 'Quarantined' },
  deferred: { zh: '稍后重试', en: 'Deferred' },
}

/** The status of a requested move 案件操作状态. */
export const MoveStatus = {
  APPLIED: 'applied',
  PENDING: 'pending',
  LAPSED: 'lapsed',
  REFUSED: 'refused',
} as const
export type MoveStatus = (typeof MoveStatus)[keyof typeof MoveStatus]
export const MoveStatusLabel: Readonly<Record<MoveStatus, Label>> = {
  applied: { zh: '已生效', en: 'Applied' },
  pending: { zh: '照片待传', en: 'Pending its photos' },
  lapsed: { zh: '未生效', en: 'Lapsed' },
  refused: { zh: '已拒绝', en: 'Refused' },
}

/** A collection that phones pull 数据集 (DESIGN §4). */
export const Collection = {
  OBSERVATIONS: 'observations',
  TASKS: 'tasks',
  POINTS: 'points',
  SHOPS: 'shops',
  CATEGORIES: 'categories',
  UNITS: 'units',
  CALENDAR: 'calendar',
  PEOPLE: 'people',
  NOTICES: 'notices',
  VISITS: 'visits',
  PAST_TASKS: 'past_tasks',
} as const
export type Collection = (typeof Collection)[keyof typeof Collection]
export const CollectionLabel: Readonly<Record<Collection, Label>> = {
  observations: { zh: '我的记录', en: 'Observations' },
  tasks: { zh: '案件', en: 'Tasks' },
  points: { zh: '点位', en: 'Points' },
  shops: { zh: '门店', en: 'Shops' },
  categories: { zh: '问题类别', en: 'Categories' },
  units: { zh: '责任单位', en: 'Units' },
  calendar: { zh: '工作日历', en: 'Calendar' },
  people: { zh: '人员', en: 'People' },
  notices: { zh: '通知', en: 'Notices' },
  visits: { zh: '现场复核', en: 'Visits' },
  past_tasks: { zh: '退回的案件', en: 'Handed back' },
}

/** The state of a quarantined item 隔离记录: open, or resolved by a person. */
export const QuarantineState = {
  OPEN: 'open',
  RESOLVED: 'resolved',
} as const
export type QuarantineState = (typeof QuarantineState)[keyof typeof QuarantineState]
export const QuarantineStateLabel: Readonly<Record<QuarantineState, Label>> = {
  open: { zh: '待处理', en: 'Open' },
  resolved: { zh: '已处理', en: 'Resolved' },
}

/** A register 名册. */
export const Register = {
  PEOPLE: 'people',
  UNITS: 'units',
  POINTS: 'points',
  SHOPS: 'shops',
  CATEGORIES: 'categories',
  PAIRINGS: 'pairings',
} as const
export type Register = (typeof Register)[keyof typeof Register]
export const RegisterLabel: Readonly<Record<Register, Label>> = {
  people: { zh: '人员', en: 'People' },
  units: { zh: '责任单位', en: 'Units' },
  points: { zh: '点位', en: 'Points' },
  shops: { zh: '门店', en: 'Shops' },
  categories: { zh: '问题类别', en: 'Categories' },
  pairings: { zh: '包联', en: 'Pairings' },
}

/** What a person did to an entry of a register 变更动作. */
export const RegisterAction = {
  CREATED: 'created',
  CHANGED: 'changed',
  PASSWORD_RESET: 'password_reset',
  SIGNED_OUT: 'signed_out',
} as const
export type RegisterAction = (typeof RegisterAction)[keyof typeof RegisterAction]
export const RegisterActionLabel: Readonly<Record<RegisterAction, Label>> = {
  created: { zh: '新增', en: 'Created' },
  changed: { zh: '修改', en: 'Changed' },
  password_reset: { zh: '重设密码', en: 'Password reset' },
  signed_out: { zh: '退出全部设备', en: 'Signed out everywhere' },
}

/** The mode of an import 导入方式: which of the readable rows are written. */
export const ImportMode = {
  DRY_RUN: 'dry_run',
  ALL_OR_NOTHING: 'all_or_nothing',
  GOOD_ROWS: 'good_rows',
} as const
export type ImportMode = (typeof ImportMode)[keyof typeof ImportMode]
export const ImportModeLabel: Readonly<Record<ImportMode, Label>> = {
  dry_run: { zh: '只检查，不写入', en: 'Look only' },
  all_or_nothing: { zh: '全部正确才写入', en: 'All rows or none' },
  good_rows: { zh: '只写入正确的行', en: 'Only the good rows' },
}

/** What an installation holds 安装类型; it is decided once, by `up` or by `init`. */
export const Installation = {
  DEMO: 'demo',
  CITY: 'city',
} as const
export type Installation = (typeof Installation)[keyof typeof Installation]
export const InstallationLabel: Readonly<Record<Installation, Label>> = {
  demo: { zh: '演示', en: 'Demonstration' },
  city: { zh: '真实城市', en: 'Real city' },
}

/** A step of setting up a real city 开城步骤, in order. */
export const SetupStep = {
  DISTRICTS: 'districts',
  UNITS: 'units',
  PEOPLE: 'people',
  POINTS: 'points',
  ROUTING: 'routing',
  INVITATIONS: 'invitations',
} as const
export type SetupStep = (typeof SetupStep)[keyof typeof SetupStep]
export const SetupStepLabel: Readonly<Record<SetupStep, Label>> = {
  districts: { zh: '城区', en: 'Districts' },
  units: { zh: '单位', en: 'Units' },
  people: { zh: '人员', en: 'People' },
  points: { zh: '点位', en: 'Points' },
  routing: { zh: '路由', en: 'Routing' },
  invitations: { zh: '邀请', en: 'Invitations' },
}

/** The kind of a unit 单位类型. */
export const UnitKind = {
  RESPONSIBLE: 'responsible',
  STREET: 'street',
  PAIRING: 'pairing',
} as const
export type UnitKind = (typeof UnitKind)[keyof typeof UnitKind]
export const UnitKindLabel: Readonly<Record<UnitKind, Label>> = {
  responsible: { zh: '责任部门', en: 'Department' },
  street: { zh: '街道（乡镇）', en: 'Street office' },
  pairing: { zh: '包联单位', en: 'Pairing unit' },
}

/** The result of one entry of a rescue zip 抢救包. */
export const Rescued = {
  ACCEPTED: 'accepted',
  DUPLICATE: 'duplicate',
  CONFLICT: 'conflict',
  QUARANTINED: 'quarantined',
  DEFERRED: 'deferred',
  STORED: 'stored',
  REFUSED: 'refused',
  REJECTED: 'rejected',
  DAMAGED: 'damaged',
  MISSING: 'missing',
  UNAVAILABLE: 'unavailable',
} as const
export type Rescued = (typeof Rescued)[keyof typeof Rescued]
export const RescuedLabel: Readonly<Record<Rescued, Label>> = {
  accepted: { zh: '已补录', en: 'Accepted' },
  duplicate: { zh: '此前已收到', en: 'Known already' },
  conflict: { zh: '版本冲突，已留存', en: 'Conflict, kept' },
  quarantined: { zh: '已隔离，待核对', en: 'In quarantine' },
  deferred: { zh: '缺前一步，未导入', en: 'Waits for an earlier step' },
  stored: { zh: '已入库', en: 'Stored' },
  refused: { zh: '未导入', en: 'Not imported' },
  rejected: { zh: '照片被拒收', en: 'Photo refused' },
  damaged: { zh: '已损坏', en: 'Damaged' },
  missing: { zh: '包内没有', en: 'Not in the zip' },
  unavailable: { zh: '暂未导入', en: 'Not now' },
}

/** A number of the board 工作台; a list can be filtered by it (DOMAIN §7). */
export const Measure = {
  RECEIVED: 'received',
  FILED: 'filed',
  REJECTED: 'rejected',
  DUE: 'due',
  CLOSED: 'closed',
  CLOSED_ON_TIME: 'closed_on_time',
  REWORK: 'rework',
  OPEN: 'open',
  OVERDUE: 'overdue',
  DUE_SOON: 'due_soon',
  UNASSIGNED: 'unassigned',
  UNPLACED: 'unplaced',
  LOCALITY_UNDECIDED: 'locality_undecided',
  EXTENSION_PENDING: 'extension_pending',
  APPEAL_PENDING: 'appeal_pending',
} as const
export type Measure = (typeof Measure)[keyof typeof Measure]
export const MeasureLabel: Readonly<Record<Measure, Label>> = {
  received: { zh: '收到', en: 'Received' },
  filed: { zh: '立案', en: 'Filed' },
  rejected: { zh: '不予立案', en: 'Rejected' },
  due: { zh: '应结案', en: 'Due' },
  closed: { zh: '已结案', en: 'Closed' },
  closed_on_time: { zh: '按期结案', en: 'Closed on time' },
  rework: { zh: '曾返工', en: 'Ever reworked' },
  open: { zh: '在办', en: 'Open' },
  overdue: { zh: '已超期', en: 'Overdue' },
  due_soon: { zh: '即将超期', en: 'Due soon' },
  unassigned: { zh: '待指派', en: 'No unit found' },
  unplaced: { zh: '未定位', en: 'Not placed' },
  locality_undecided: { zh: '属地未定', en: 'Locality undecided' },
  extension_pending: { zh: '延期申请待审批', en: 'Extensions' },
  appeal_pending: { zh: '申诉待处理', en: 'Appeals' },
}

/** The date of a case 日期 that a list is filtered by. */
export const Dated = {
  OPENED: 'opened',
  ENDED: 'ended',
  DUE: 'due',
} as const
export type Dated = (typeof Dated)[keyof typeof Dated]
export const DatedLabel: Readonly<Record<Dated, Label>> = {
  opened: { zh: '上报日期', en: 'Reported on' },
  ended: { zh: '办结日期', en: 'Ended on' },
  due: { zh: '时限日期', en: 'Due on' },
}

/** The grouping of the trends 趋势. */
export const TrendGroup = {
  DISTRICT: 'district',
  UNIT: 'unit',
  CATEGORY: 'category',
} as const
export type TrendGroup = (typeof TrendGroup)[keyof typeof TrendGroup]
export const TrendGroupLabel: Readonly<Record<TrendGroup, Label>> = {
  district: { zh: '城区', en: 'District' },
  unit: { zh: '责任单位', en: 'Unit' },
  category: { zh: '类别', en: 'Category' },
}

/** The format of an export 导出格式. */
export const ExportFormat = {
  CSV: 'csv',
  XLSX: 'xlsx',
  GEOJSON: 'geojson',
} as const
export type ExportFormat = (typeof ExportFormat)[keyof typeof ExportFormat]
export const ExportFormatLabel: Readonly<Record<ExportFormat, Label>> = {
  csv: { zh: 'CSV 表格', en: 'CSV' },
  xlsx: { zh: 'Excel 表格', en: 'Excel' },
  geojson: { zh: 'GeoJSON 地图', en: 'GeoJSON' },
}

/** The kind of a notice 通知类型. */
export const NoticeKind = {
  TASK_REJECTED: 'task_rejected',
  TASK_VOID: 'task_void',
  TASK_CLOSED: 'task_closed',
  TASK_DISPATCHED: 'task_dispatched',
  TASK_REWORK: 'task_rework',
  TASK_MERGED: 'task_merged',
  MORE_ASKED: 'more_asked',
  EXTENSION_ASKED: 'extension_asked',
  EXTENSION_DECIDED: 'extension_decided',
  TASK_ESCALATED: 'task_escalated',
  TASK_SHELVED: 'task_shelved',
  TASK_RESUMED: 'task_resumed',
  TASK_REOPENED: 'task_reopened',
  HANDED_BACK: 'handed_back',
  APPEALED: 'appealed',
  APPEAL_DECIDED: 'appeal_decided',
  DUE_SOON: 'due_soon',
  OVERDUE: 'overdue',
  MOVE_LAPSED: 'move_lapsed',
  QUARANTINED: 'quarantined',
  PHOTO_REJECTED: 'photo_rejected',
  VISIT_ASKED: 'visit_asked',
  VISIT_DONE: 'visit_done',
  VISIT_WITHDRAWN: 'visit_withdrawn',
  VISIT_OVERDUE: 'visit_overdue',
} as const
export type NoticeKind = (typeof NoticeKind)[keyof typeof NoticeKind]
export const NoticeKindLabel: Readonly<Record<NoticeKind, Label>> = {
  task_rejected: { zh: '未予立案', en: 'Rejected' },
  task_void: { zh: '已作废', en: 'Void' },
  task_closed: { zh: '已结案', en: 'Closed' },
  task_dispatched: { zh: '新派遣', en: 'Dispatched' },
  task_rework: { zh: '要求返工', en: 'Rework' },
  task_merged: { zh: '已并案', en: 'Merged' },
  more_asked: { zh: '请补充', en: 'More is asked' },
  extension_asked: { zh: '申请延期', en: 'Extension asked' },
  extension_decided: { zh: '延期审批结果', en: 'Extension decided' },
  task_escalated: { zh: '督办', en: 'Escalated' },
  task_shelved: { zh: '挂账', en: 'Shelved' },
  task_resumed: { zh: '恢复处置', en: 'Resumed' },
  task_reopened: { zh: '案件重开', en: 'Reopened' },
  handed_back: { zh: '单位退回', en: 'Handed back' },
  appealed: { zh: '单位申诉', en: 'Appealed' },
  appeal_decided: { zh: '申诉裁决', en: 'Appeal decided' },
  due_soon: { zh: '即将超期', en: 'Due soon' },
  overdue: { zh: '已超期', en: 'Overdue' },
  move_lapsed: { zh: '提交未生效', en: 'Pending move lapsed' },
  quarantined: { zh: '记录待核对', en: 'Quarantined' },
  photo_rejected: { zh: '照片被拒收', en: 'Photo rejected' },
  visit_asked: { zh: '请到现场复核', en: 'Visit asked' },
  visit_done: { zh: '现场复核结果', en: 'Visit done' },
  visit_withdrawn: { zh: '不必去现场', en: 'Visit withdrawn' },
  visit_overdue: { zh: '现场复核超期', en: 'Visit overdue' },
}

/** The kind of a channel that carries notices outside the product 通知渠道. */
export const ChannelKind = {
  EMAIL: 'email',
  DINGTALK: 'dingtalk',
  WECOM: 'wecom',
} as const
export type ChannelKind = (typeof ChannelKind)[keyof typeof ChannelKind]
export const ChannelKindLabel: Readonly<Record<ChannelKind, Label>> = {
  email: { zh: '电子邮件', en: 'E-mail' },
  dingtalk: { zh: '钉钉群机器人', en: 'DingTalk robot' },
  wecom: { zh: '企业微信群机器人', en: 'WeCom robot' },
}

/** The state of the delivery of one notice by one channel 投递状态. */
export const DeliveryState = {
  WAITING: 'waiting',
  DELIVERED: 'delivered',
  GIVEN_UP: 'given_up',
} as const
export type DeliveryState = (typeof DeliveryState)[keyof typeof DeliveryState]
export const DeliveryStateLabel: Readonly<Record<DeliveryState, Label>> = {
  waiting: { zh: '待发送', en: 'Waiting' },
  delivered: { zh: '已送达', en: 'Delivered' },
  given_up: { zh: '已放弃', en: 'Given up' },
}

/** A reason to check a photo again 筛查提示; never a verdict. */
export const HintKind = {
  BEFORE_AS_AFTER: 'before_as_after',
  SAME_BYTES: 'same_bytes',
  SAME_EXPOSURE: 'same_exposure',
  EDITED: 'edited',
  TAKEN_EARLY: 'taken_early',
  FAR_FROM_BEFORE: 'far_from_before',
  FAR_FROM_POINT: 'far_from_point',
  OUTSIDE_DISTRICT: 'outside_district',
  POOR_ACCURACY: 'poor_accuracy',
  CLOCK_OFF: 'clock_off',
  NOT_SHUTTER: 'not_shutter',
  BLURRED: 'blurred',
  DARK: 'dark',
} as const
export type HintKind = (typeof HintKind)[keyof typeof HintKind]
export const HintKindLabel: Readonly<Record<HintKind, Label>> = {
  before_as_after: { zh: '整改前照片冒充整改后', en: 'Before re-used as after' },
  same_bytes: { zh: '同一文件', en: 'Same file' },
  same_exposure: { zh: '同一次拍摄', en: 'Same exposure' },
  edited: { zh: '修图软件痕迹', en: 'Editing software' },
  taken_early: { zh: '拍摄时间过早', en: 'Taken too early' },
  far_from_before: { zh: '距问题位置过远', en: 'Far from the problem' },
  far_from_point: { zh: '距点位过远', en: 'Far from the point' },
  outside_district: { zh: '不在所属城区', en: 'Outside the district' },
  poor_accuracy: { zh: '定位不准', en: 'Poor accuracy' },
  clock_off: { zh: '手机时钟不准', en: 'Clock is off' },
  not_shutter: { zh: '非现场拍摄', en: 'Not taken in the app' },
  blurred: { zh: '照片模糊', en: 'Blurred' },
  dark: { zh: '照片过暗', en: 'Dark' },
}

/** The level of a hint 提示程度. */
export const HintLevel = {
  DANGER: 'danger',
  WARNING: 'warning',
  INFO: 'info',
} as const
export type HintLevel = (typeof HintLevel)[keyof typeof HintLevel]
export const HintLevelLabel: Readonly<Record<HintLevel, Label>> = {
  danger: { zh: '重点核对', en: 'Check first' },
  warning: { zh: '需留意', en: 'Look twice' },
  info: { zh: '供参考', en: 'For information' },
}

/** The kind of a stroke of an annotation 圈注. */
export const StrokeKind = {
  PEN: 'pen',
  ELLIPSE: 'ellipse',
  ARROW: 'arrow',
} as const
export type StrokeKind = (typeof StrokeKind)[keyof typeof StrokeKind]
export const StrokeKindLabel: Readonly<Record<StrokeKind, Label>> = {
  pen: { zh: '画笔', en: 'Pen' },
  ellipse: { zh: '圆圈', en: 'Circle' },
  arrow: { zh: '箭头', en: 'Arrow' },
}

/** The states a case can still leave. */
export const OPEN_STATES: ReadonlySet<TaskState> = new Set([
  TaskState.AWAITING_EVIDENCE,
  TaskState.REPORTED,
  TaskState.FILED,
  TaskState.DISPATCHED,
  TaskState.HANDED_BACK,
  TaskState.HANDLING,
  TaskState.VERIFYING,
  TaskState.REWORK,
  TaskState.SHELVED,
])

/** The roles that report problems. */
export const REPORTER_ROLES: ReadonlySet<Role> = new Set([Role.OBSERVER, Role.STEWARD, Role.VOLUNTEER])

export interface Reason {
  readonly code: string
  readonly label: Label
}

/** The reasons a move may name; a move that is not listed takes none. */
export const MOVE_REASONS: Readonly<Partial<Record<Move, readonly Reason[]>>> = {
  reject: [
    { code: 'not_a_problem', label: { zh: '不属于问题', en: 'Not a problem' } },
    { code: 'duplicate', label: { zh: '重复上报', en: 'Duplicate report' } },
    { code: 'unclear_evidence', label: { zh: '照片看不清', en: 'Evidence unclear' } },
    { code: 'out_of_scope', label: { zh: '不在测评范围', en: 'Out of scope' } },
    { code: 'light_soiling', label: { zh: '轻微污渍不采集', en: 'Light soiling is not collected' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  void: [
    { code: 'test_record', label: { zh: '测试记录', en: 'Test record' } },
    { code: 'entered_by_mistake', label: { zh: '误操作', en: 'Entered by mistake' } },
    { code: 'privacy', label: { zh: '涉及隐私', en: 'Privacy' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  ask_more: [
    { code: 'wider_view', label: { zh: '请补拍带参照物的全景', en: 'A wider view with a landmark' } },
    { code: 'closer_view', label: { zh: '请补拍清晰的近景', en: 'A clear close-up' } },
    { code: 'which_owner', label: { zh: '请拍清权属标识或编号', en: 'The owner\'s mark or number' } },
    { code: 'where_exactly', label: { zh: '请说明具体位置', en: 'Where exactly' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  proceed: [
    { code: 'photos_lost', label: { zh: '照片已无法补传', en: 'Photos cannot be sent any more' } },
    { code: 'urgent', label: { zh: '情况紧急', en: 'Urgent' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  hand_back: [
    { code: 'not_ours', label: { zh: '不属本单位职责', en: 'Not our duty' } },
    { code: 'place_wrong', label: { zh: '位置不符', en: 'Wrong place' } },
    { code: 'already_fixed', label: { zh: '现场已无此问题', en: 'Already fixed' } },
    { code: 'needs_more', label: { zh: '信息不足', en: 'Not enough information' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  arbitrate: [
    { code: 'by_duty', label: { zh: '按职责清单裁定', en: 'By the list of duties' } },
    { code: 'by_place', label: { zh: '按属地裁定', en: 'By the place' } },
    { code: 'by_owner', label: { zh: '按权属裁定', en: 'By the owner' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  fail: [
    { code: 'not_fixed', label: { zh: '问题仍在', en: 'Not fixed' } },
    { code: 'partly_fixed', label: { zh: '整改不彻底', en: 'Partly fixed' } },
    { code: 'wrong_place', label: { zh: '照片非同一地点', en: 'Another place' } },
    { code: 'reused_photo', label: { zh: '疑似使用旧照', en: 'Re-used photo' } },
    { code: 'unclear_photo', label: { zh: '照片看不清', en: 'Photo unclear' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  request_extension: [
    { code: 'weather', label: { zh: '天气原因', en: 'Weather' } },
    { code: 'materials', label: { zh: '待材料或设备', en: 'Waiting for materials' } },
    { code: 'other_works', label: { zh: '需与其他工程衔接', en: 'Depends on other works' } },
    { code: 'funds', label: { zh: '待资金批复', en: 'Waiting for funds' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  shelve: [
    { code: 'major_works', label: { zh: '须立项改造', en: 'Needs a project' } },
    { code: 'season', label: { zh: '受季节限制', en: 'Season' } },
    { code: 'dispute', label: { zh: '权属有争议', en: 'Ownership disputed' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  escalate: [
    { code: 'overdue', label: { zh: '超期未办结', en: 'Overdue' } },
    { code: 'leader', label: { zh: '领导批示', en: 'A leader\'s order' } },
    { code: 'key_case', label: { zh: '重点案件', en: 'Key case' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  reopen: [
    { code: 'came_back', label: { zh: '问题反弹', en: 'The problem came back' } },
    { code: 'never_fixed', label: { zh: '实际未整改', en: 'It was never fixed' } },
    { code: 'false_photo', label: { zh: '整改照片不实', en: 'The after-photo was false' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
  appeal: [
    { code: 'not_ours', label: { zh: '不属本单位职责', en: 'Not our duty' } },
    { code: 'was_in_time', label: { zh: '已按期整改', en: 'Was done in time' } },
    { code: 'beyond_control', label: { zh: '不可抗力', en: 'Beyond our control' } },
    { code: 'other', label: { zh: '其他', en: 'Other' } },
  ],
}

/** 其他: no reason of the list fits; the note then says it in words. */
export const OTHER_REASON = 'other'

/** What a visit checks, and by kind and finding what was found there. */
export const VISIT_REASONS: Readonly<Record<string, Label>> = {
  pre_check: { zh: '核实（立案前）', en: 'Before filing' },
  pre_check_confirmed: { zh: '核实：问题属实', en: 'The problem is there' },
  pre_check_not_confirmed: { zh: '核实：未见此问题', en: 'No such problem there' },
  pre_check_cannot_tell: { zh: '核实：无法判断', en: 'Cannot tell' },
  verify: { zh: '核查（处置后）', en: 'After the repair' },
  verify_confirmed: { zh: '核查：已整改到位', en: 'It is fixed' },
  verify_not_confirmed: { zh: '核查：问题仍在', en: 'It is not fixed' },
  verify_cannot_tell: { zh: '核查：无法判断', en: 'Cannot tell' },
}

/** Why a record was not merged into the case nearby that it named. */
export const JOIN_REASONS: Readonly<Record<string, Label>> = {
  join_unknown: { zh: '所选案件已找不到，另立一件', en: 'That case is gone: a case of its own' },
  join_ended: { zh: '所选案件已办结，另立一件', en: 'That case has ended: a case of its own' },
  join_submitted: { zh: '所选案件单位已报处置完成，另立一件供核查', en: 'Its unit has submitted that case: a case of its own' },
  join_other_district: { zh: '所选案件不在同一城区，另立一件', en: 'In another district: a case of its own' },
  join_other_category: { zh: '与所选案件类别不同，另立一件', en: 'Of another category: a case of its own' },
  join_too_far: { zh: '离所选案件太远，另立一件', en: 'Too far from that case: a case of its own' },
  join_unplaced: { zh: '没有位置，无法比对，另立一件', en: 'Without a position: a case of its own' },
  join_settled: { zh: '您已当场处理，另立一件', en: 'Settled on the spot: a case of its own' },
  join_more_severe: { zh: '比所选案件更严重，另立一件', en: 'More severe than that case: a case of its own' },
}

export interface FlowStep {
  readonly move: Move
  readonly leaves: ReadonlySet<TaskState>
  readonly reaches: TaskState
  readonly needs: readonly ('reason' | 'unit' | 'close_evidence')[]
}

/** What a unit's handler may do, from the server's own table. */
export const HANDLER_FLOW: readonly FlowStep[] = [
  {
    move: Move.ACCEPT,
    leaves: new Set([TaskState.DISPATCHED]),
    reaches: TaskState.HANDLING,
    needs: [],
  },
  {
    move: Move.HAND_BACK,
    leaves: new Set([TaskState.DISPATCHED]),
    reaches: TaskState.HANDED_BACK,
    needs: ['reason'],
  },
  {
    move: Move.SUBMIT,
    leaves: new Set([TaskState.HANDLING, TaskState.REWORK]),
    reaches: TaskState.VERIFYING,
    needs: ['close_evidence'],
  },
]

export const MAX_PHOTOS = 9
/** How many bytes a photo may have. */
export const MAX_PHOTO_BYTES = 12582912
/** Farther from the place than this a photo is hardly of the same spot. */
export const FAR_METRES = 50
/** Open cases so near are shown before a record is saved. */
export const NEARBY_METRES = 50
/** A point or shop farther away says nothing of the street 属地. */
export const NEAR_METRES = 300

/** How much may be drawn over photos with one verdict. */
export const MAX_ANNOTATIONS = 4
export const MAX_STROKES = 20
export const MAX_POINTS = 200
export const MAX_POINTS_IN_ALL = 800

/** What a new record should show, by profile. */
export const EVIDENCE_TO_OPEN: Readonly<Record<string, Label>> = {
  A: { zh: '一张带固定参照物的全景，一张近景', en: 'a wide view with a landmark and a close-up' },
  B: { zh: '全景、近景，并拍清权属标识、招牌或编号', en: 'a wide view, a close-up, and the owner\'s mark, sign or number readable' },
  C: { zh: '一张不含人脸的全景，或只计数不拍照', en: 'a wide view without faces, or a count without a photo' },
  D: { zh: '全景、近景，并注明“已电话报告、已围护”', en: 'a wide view, a close-up, and the note “reported by phone, fenced off”' },
  E: { zh: '名册或点位记录，照片可选', en: 'a record of the roster or point; photos as you like' },
  F: { zh: '材料文件和缺陷说明', en: 'the document and what is wrong with it' },
}

/** What a submission should show, by profile. */
export const EVIDENCE_TO_CLOSE: Readonly<Record<string, Label>> = {
  a: { zh: '至少一张派遣后在原视角、应用内、50 米内拍摄的新照片', en: 'a new photo at least, taken in the application after the dispatch, from the same viewpoint, within 50 m' },
  b: { zh: '整改后照片，并由另一人核查', en: 'a photo from after, checked by another person' },
  c: { zh: '两步：限时内先消险照片，后修复照片', en: 'two steps: a photo of the danger averted within its limit, then one of the repair' },
  d: { zh: '处理结果说明（当场改正、拒绝、移交）', en: 'what was done in words (corrected on the spot, refused, handed over)' },
  e: { zh: '更换后的名册和签收', en: 'the changed roster, signed for' },
  f: { zh: '经认可的新版材料', en: 'the new document, approved' },
}

/** The same in pieces. */
export const PIECES_TO_OPEN: Readonly<Record<string, readonly EvidencePiece[]>> = {
  A: [EvidencePiece.SCENE, EvidencePiece.CLOSE],
  B: [EvidencePiece.SCENE, EvidencePiece.CLOSE, EvidencePiece.MARK],
  C: [],
  D: [EvidencePiece.SCENE, EvidencePiece.CLOSE, EvidencePiece.MADE_KNOWN],
  E: [],
  F: [EvidencePiece.DOCUMENT, EvidencePiece.NOTE],
}

/** The same in pieces. */
export const PIECES_TO_CLOSE: Readonly<Record<string, readonly EvidencePiece[]>> = {
  a: [EvidencePiece.AFTER, EvidencePiece.TAKEN_HERE],
  b: [EvidencePiece.AFTER],
  c: [EvidencePiece.AFTER],
  d: [EvidencePiece.NOTE],
  e: [EvidencePiece.DOCUMENT],
  f: [EvidencePiece.DOCUMENT],
}

/** What shows that something was fixed on the spot, in place of the two views. */
export const PIECES_OF_FIXED: readonly EvidencePiece[] = [EvidencePiece.BEFORE, EvidencePiece.AFTER]

/** Profiles a record may open with no photo at all. */
export const OPENED_WITHOUT_PHOTO: ReadonlySet<string> = new Set(['C', 'E'])

/** Profiles that a note alone may close. */
export const CLOSED_BY_WORDS: ReadonlySet<string> = new Set(['d', 'e'])

/** How far the city's zone is ahead of UTC. */
export const CITY_OFFSET_MS = 28800000

/** CJK radicals and strokes, and in the same order the ideographs drawn so. */
export const RADICALS = '⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲㇆㇏㇐㇑㇒㇓㇔㇕㇖㇗㇘㇙㇚㇛㇜㇝㇞㇟㇠㇡'
export const IDEOGRAPHS = '厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀𠃌乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎'
/** Format characters and variation selectors, as the inside of a character class. */
export const IGNORED = String.raw`\u{ad}\u{34f}\u{600}-\u{605}\u{61c}\u{6dd}\u{70f}\u{890}-\u{891}\u{8e2}\u{17b4}-\u{17b5}\u{180b}-\u{180d}\u{180e}\u{180f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{fe00}-\u{fe0f}\u{feff}\u{fff0}-\u{fffb}\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e00ff}\u{e0100}-\u{e01ef}\u{e01f0}-\u{e0fff}`
/** Blanks of every kind, as the inside of a character class. */
export const BLANKS = String.raw`\t-\r\x1c-\x20\x85\xa0\u115f\u1160\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0`
