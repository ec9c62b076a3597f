// What the service answers, drawn from its description by scripts/draw_types.py; do not edit by hand.

export interface AccountAnswer {
  id: number;
  login: string;
  name: string;
  email: string | null;
  has_password: boolean;
  has_totp: boolean;
  disabled_at: string | null;
  locked_until: string | null;
  officer: number | null;
  notices: string | null;
  grants: Array<GivenInfo>;
}

export interface Accounts {
  accounts: Array<AccountAnswer>;
  roles: Array<RoleInfo>;
}

export interface AdministrativeChange {
  id: number;
  at: string;
  actor: string;
  kind: Subject;
  item: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

export interface AdministrativeChanges {
  changes: Array<AdministrativeChange>;
  links: Array<Link>;
}

export type Against = 'days' | 'total';

export interface AnswerInfo {
  code: string;
  name: Record<string, string>;
  value: string | number;
  value_name: Record<string, string> | null;
}

export interface Answering {
  level: string | null;
  code: string;
  name: Record<string, string>;
}

export interface ApplyAnswer {
  created: number;
}

export interface AreaCell {
  level: string;
  code: string;
}

export interface AreaRef {
  overlay: string;
  code: string;
  name: string;
}

export interface AreaSubscription {
  territory: string;
  area: string;
  categories: Array<string>;
  confirmed: boolean;
}

export interface AreaSubscriptionBody {
  email: string;
  cell?: string | null;
  level?: string | null;
  circle?: string | null;
  categories?: Array<string>;
}

export interface Asset {
  number: string;
  kind: AssetKindRef;
  name: string;
  lon: number;
  lat: number;
  cell: CellRef | null;
  attributes: Record<string, string> | null;
}

export interface AssetKindBody {
  name: Record<string, string>;
  categories?: Array<string>;
}

export interface AssetKindInfo {
  code: string;
  name: Record<string, string>;
  categories: Array<string>;
  assets: number;
  version: number;
}

export interface AssetKindRef {
  code: string;
  name: Record<string, string>;
}

export interface AssetKinds {
  kinds: Array<AssetKindInfo>;
}

export interface AssetPage {
  assets: Array<Asset>;
  links: Array<Link>;
}

export interface AssetsTaken {
  stored: boolean;
  read: number;
  new: number;
  changed: number;
  same: number;
  gone: number;
  refused: number;
  ignored: Array<string>;
  errors: Array<RefusedRecord>;
}

export interface Assignment {
  cell: CellRef;
  edition: string;
  until: string;
}

export interface AttributeBody {
  name: Record<string, string>;
  rule: Rule;
  unit?: string;
  weight?: string | null;
  classes?: Record<string, unknown> | null;
}

export interface AttributeInfo {
  key: string;
  name: Record<string, string>;
  rule: Rule;
  unit?: string;
  weight?: string | null;
  classes?: Record<string, Record<string, string>> | null;
}

export interface AttributeTrend {
  level: string;
  code: string;
  attribute: AttributeInfo;
  days: Array<Dated>;
}

export interface AttributeTrial {
  stored: boolean;
  level: string;
  on: string;
  cells: Array<Tried>;
}

export interface AttributeValue {
  value: number | string | null;
  own: boolean;
  known: number;
  cells: number;
  counts: Record<string, number>;
}

export interface AttributeValues {
  level: string;
  on: string;
  edition: string;
  cells: Array<CellValues>;
}

export interface Attributes {
  attributes: Array<AttributeInfo>;
}

export interface AuditCase {
  number: string;
  received_at: string;
  category: string;
  cell: CellRef;
  judged: boolean;
  own: OwnJudgement | null;
  links: Array<Link>;
}

export interface AuditCases {
  cases: Array<AuditCase>;
}

export interface AuditFigures {
  solved: TrulySolved;
  closure: FigureValue;
  not_fixed: FigureValue;
}

export interface AuditInfo {
  id: number;
  as_of: string;
  actor: string;
  from: string | null;
  to: string | null;
  by: Array<'cell' | 'category' | 'organisation'>;
  level: string;
  size: number;
  seed: number;
  cases: number;
  strata: number;
  drawn: number;
  judged: number;
  unclear: number;
  links: Array<Link>;
}

export interface AuditLine {
  solved: TrulySolved;
  closure: FigureValue;
  not_fixed: FigureValue;
  code: string;
  name: string | Record<string, string>;
  level?: string | null;
  id?: number | null;
}

export interface AuditResult {
  audit: AuditInfo;
  total: AuditFigures;
  cell: Array<AuditLine>;
  category: Array<AuditLine>;
  organisation: Array<AuditLine>;
}

export interface Audits {
  audits: Array<AuditInfo>;
}

export type BackdropKind = 'water' | 'park' | 'building' | 'railway' | 'street' | 'station' | 'place';

export interface BinCounts {
  zoom: number;
  x: Array<number>;
  y: Array<number>;
  reports: Array<number>;
}

export interface BoardChecklist {
  code: string;
  name: Record<string, string>;
  places: number;
  looked_at: number;
  questions: Array<BoardQuestion>;
}

export interface BoardDay {
  day: string;
  received: number;
  closed: number;
  looked_at: number;
}

export interface BoardQuestion {
  code: string;
  name: Record<string, string>;
  yes: number;
  no: number;
  texts: number;
}

export interface BoardRow {
  cell: CellRef;
  places: number;
  looked_at: number;
  cases: number;
  open: number;
  overdue: number;
}

export interface BulkMoved {
  number: string | null;
  status: number;
  case?: Moved | null;
  problem?: Record<string, unknown> | null;
}

export interface BulkMovesAnswer {
  results: Array<BulkMoved>;
}

export interface CalendarDay {
  day: string;
  work: boolean;
  set: boolean;
  name: string | null;
}

export interface CalendarPage {
  timezone: string;
  hours: Array<string>;
  days: Array<CalendarDay>;
}

export interface CameraPlace {
  lon: number;
  lat: number;
}

export interface Campaign {
  code: string;
  name: Record<string, string>;
  since: string;
  until: string;
  ended_at: string | null;
  stage: CampaignStage;
  cells: Array<AreaCell>;
  categories: Array<CampaignCategory>;
  checklists: Array<Checklist> | null;
  version: number;
}

export interface CampaignBoard {
  campaign: Campaign;
  level: string;
  cases: number;
  open: number;
  overdue: number;
  by_state: Array<CountByState>;
  checklists: Array<BoardChecklist>;
  cells: Array<BoardRow>;
  days: Array<BoardDay>;
}

export interface CampaignCategory {
  code: string;
  name: Record<string, string>;
  urgency: Urgency;
}

export interface CampaignPlace {
  checklist: string;
  code: string;
  name: string;
  cell: CellRef;
  lon: number | null;
  lat: number | null;
  looked_at: string | null;
  answers: Record<string, boolean | string>;
}

export interface CampaignPlaces {
  places: Array<CampaignPlace>;
}

export type CampaignStage = 'planned' | 'running' | 'over';

export interface Campaigns {
  campaigns: Array<Campaign>;
}

export interface CandidateShare {
  code: string;
  name: string;
  share: number;
}

export interface CaseDetail {
  number: string;
  territory: string;
  state: string;
  category: string;
  description: string;
  occurred_at: string;
  received_at: string;
  lon: number;
  lat: number;
  raw: Raw;
  accuracy: number | null;
  cell: CellRef;
  ancestors: Array<CellRef>;
  areas: Array<AreaRef>;
  edition: string;
  on_edge: boolean;
  ambiguous: boolean;
  external_id: string | null;
  asset: string | null;
  synthetic: boolean;
  version: number;
  urgency: Urgency;
  step: Step | null;
  due_at: string | null;
  nearly_due: boolean;
  overdue: boolean;
  closed_at: string | null;
  campaign: string | null;
  links: Array<Link>;
  state_title: string;
  holder: Holder | null;
  parked_at: string | null;
  merged_into: string | null;
  parent: string | null;
  moves: Array<OpenMove>;
  tasks: Array<TaskInfo>;
  events: Array<Event>;
  parties: Array<PartyInfo>;
  photos: Array<CasePhoto>;
  supports: number;
  answers: Array<AnswerInfo>;
  candidates: Array<CandidateShare>;
  assignments: Array<Assignment>;
}

export interface CasePhoto {
  id: string;
  version: number;
  move: string | null;
  title: string;
  at: string;
  actor: string | null;
  taken_at: string | null;
  width: number;
  height: number;
  covered_at: string | null;
  large: string;
  small: string;
}

export interface Categories {
  categories: Array<Category>;
  groups: Array<CategoryGroup>;
}

export interface Category {
  code: string;
  name: Record<string, string>;
  group: string | null;
  public: Publicity;
  photos: Proof;
  words: Array<string>;
  questions: Array<Question>;
  asset_kinds: Array<AssetKindRef>;
  position: number;
  version: number;
}

export interface CategoryBody {
  name: Record<string, string | null>;
  position?: number | null;
  group?: string | null;
  public?: Publicity | null;
  photos?: Proof | null;
  words?: Array<string> | null;
  questions?: Array<QuestionBody> | null;
}

export interface CategoryClass {
  category: string;
  major_class: string;
  minor_class: string;
}

export interface CategoryGroup {
  code: string;
  name: Record<string, string>;
}

export interface CategoryOutcome {
  cases: number;
  within: Array<number>;
  category: string;
}

export interface CellCounts {
  level: string;
  reports: Record<string, number>;
}

export interface CellRef {
  level: string;
  code: string;
  name: string;
  purpose?: Purpose | null;
}

export interface CellShares {
  code: string;
  m2: number;
  none: number;
  none_households: number | null;
  households: number | null;
  parts: Array<Part>;
  proposed: string | null;
}

export interface CellStatistics {
  territory: string;
  edition: string;
  source: 'columns' | 'database';
  per_cell: number;
  misleading_below: number;
  misleading: boolean;
  note: Record<string, string>;
  cells: Array<StatisticsOfCell>;
}

export interface CellValues {
  code: string;
  name: string;
  values: Record<string, AttributeValue | null>;
}

export interface Centre {
  code: string;
  name: string;
}

export interface Checklist {
  code: string;
  name: Record<string, string>;
  level: string | null;
  points: Array<ChecklistPoint>;
  questions: Array<ChecklistQuestion>;
}

export interface ChecklistPoint {
  code: string;
  name: string;
  lon: number;
  lat: number;
}

export interface ChecklistQuestion {
  code: string;
  name: Record<string, string>;
  kind: 'yes-no' | 'text';
}

export interface ClassesAnswer {
  classes: Array<CategoryClass>;
  version: number;
}

export interface ComparedCell {
  before: number;
  after: number;
  ratio: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  q: number | null;
  differs: 'more' | 'fewer' | null;
}

export interface ComparedCode {
  before: number;
  after: number;
  ratio: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  q: number | null;
  differs: 'more' | 'fewer' | null;
  code: string;
  name: string;
}

export interface Comparison {
  territory: string;
  edition: string;
  level: string;
  against: Against;
  share: number | null;
  source: 'columns' | 'database';
  whole: ComparedCell;
  cells: Array<ComparedCode>;
}

export interface ContactAnswer {
  number: string;
  name: string | null;
  phone: string | null;
  email: string | null;
}

export interface ContactBody {
  name?: string | null;
  phone?: string | null;
  email?: string | null;
}

export interface ContactErasure {
  id: number;
  at: string;
  actor: string;
  closed_before: string;
  received_before: string;
  count: number;
  report_ids: Array<number>;
  first_received_at: string;
  last_received_at: string;
}

export interface ContactErasures {
  erasures: Array<ContactErasure>;
}

export interface ContactRead {
  id: number;
  at: string;
  number: string;
  reader: string;
  reason: string;
}

export interface ContactReads {
  reads: Array<ContactRead>;
  links: Array<Link>;
}

export interface CountByCategory {
  category: string;
  count: number;
}

export interface CountByState {
  state: State;
  title: string;
  count: number;
}

export interface Counts {
  territory: string;
  edition: string;
  total: number;
  source: 'columns' | 'database';
  why: 'missing' | 'behind' | 'outdated' | null;
  mark: string | null;
  cell?: CellCounts | null;
  day?: Record<string, number> | null;
  week?: Record<string, number> | null;
  month?: Record<string, number> | null;
  category?: Record<string, number> | null;
  state?: Record<string, number> | null;
  hour?: Array<Array<number>> | null;
  bin?: BinCounts | null;
}

export interface CoveredPhoto {
  id: string;
  large: string;
  small: string;
}

export interface Cut {
  code: string;
  name: string;
  border_m: number;
  people: Record<string, number>;
}

export interface Cuts {
  overlay: string;
  valid_from: string;
  edition: string;
  least: number;
  counted: boolean;
  cells: Array<CellShares>;
  cuts: Array<Cut>;
  moves: Array<Move>;
}

export interface Dated {
  on: string;
  value: AttributeValue | null;
}

export type Datum = 'wgs84' | 'cgcs2000' | 'gcj02' | 'bd09';

export interface Definition {
  key: string;
  name: Record<string, string>;
  unit: string;
  denominator: unknown;
  numerator?: unknown;
  exclude?: unknown;
  better?: string;
  each_level?: boolean;
  hidden?: boolean;
  own: boolean;
}

export interface DefinitionBody {
  name: Record<string, string>;
  unit?: 'percent' | 'per_thousand' | 'cases';
  denominator?: unknown;
  numerator?: unknown;
  exclude?: unknown;
  better?: 'higher' | 'lower';
  each_level?: boolean;
  hidden?: boolean;
}

export interface Deliveries {
  deliveries: Array<DeliveryInfo>;
  links: Array<Link>;
}

export interface DeliveryInfo {
  id: number;
  mark: string;
  state: string;
  attempts: number;
  due_at: string;
  created_at: string;
  done_at: string | null;
  error: string | null;
}

export interface Described {
  key: string;
  name: Record<string, string>;
  unit: 'percent' | 'per_thousand' | 'cases';
  better: 'higher' | 'lower';
  level: string | null;
  rate: boolean;
}

export interface Desk {
  id: number;
  level: string | null;
  code: string;
  name: Record<string, string>;
  kind: string | null;
  phone: string | null;
  active: boolean;
  version: number;
  load?: Load | null;
}

export interface DeskDetail {
  id: number;
  level: string | null;
  code: string;
  name: Record<string, string>;
  kind: string | null;
  phone: string | null;
  active: boolean;
  version: number;
  load?: Load | null;
  officers: Array<OfficerOnDuty>;
  organisations: Array<OrganisationRef>;
}

export interface Desks {
  desks: Array<Desk>;
}

export interface DoubleCase {
  number: string;
  received_at: string;
  version: number;
  state: State;
  state_title: string;
  description: string;
  chance: number;
  likely: boolean;
  metres: number;
  hours: number;
  same_category: boolean;
  words: number | null;
  photos: boolean | null;
  same_asset: boolean | null;
}

export interface Doubles {
  cases: Array<DoubleCase>;
}

export interface Due {
  step: Step;
  at: string | null;
}

export interface Elsewhere {
  number: string;
  category: string;
  cell: string;
  now: Way;
  then: Way;
}

export interface Emerging {
  day: string | null;
  months: Array<string>;
  why: 'households' | 'months' | 'edition' | null;
  note: Record<string, string> | null;
  places: Array<EmergingPlace>;
  too_few: Array<TooLittle>;
}

export interface EmergingPlace {
  cell: Centre;
  category: string | null;
  pattern: Pattern;
  cold: boolean;
  months: number;
  observed: number;
  expected: number;
  leads: boolean;
  sentence: Record<string, string>;
}

export interface Event {
  move: string;
  title: string;
  state: State;
  at: string;
  actor: string;
  actor_name: string | null;
  actor_role: Role | null;
  actor_place: Record<string, string> | null;
  note: string | null;
  facts: Record<string, unknown>;
  version: number | null;
}

export interface ExportAnswer {
  id: string;
  state: ExportState;
  form: string;
  datum: Datum;
  filter: string;
  file: string;
  rows: number | null;
  of: number | null;
  size: number | null;
  reason: ExportReason | null;
  created_at: string;
  finished_at: string | null;
  kept_until: string;
  links: Array<Link>;
}

export interface ExportAnswers {
  exports: Array<ExportAnswer>;
}

export type ExportReason = 'interrupted' | 'too-large' | 'too-long' | 'too-many-rows' | 'broken';

export type ExportState = 'waiting' | 'running' | 'done' | 'failed';

export interface FieldProblem {
  field: string;
  kind: string;
  message: string;
}

export interface FigureRow {
  figures: Record<string, FigureValue>;
  cases: string;
}

export interface FigureValue {
  value: number | null;
  numerator: number;
  denominator: number;
  excluded: number;
}

export interface FiledReport {
  number: string;
  territory: string;
  state: string;
  category: string;
  description: string;
  occurred_at: string;
  received_at: string;
  lon: number;
  lat: number;
  raw: Raw;
  accuracy: number | null;
  cell: CellRef;
  ancestors: Array<CellRef>;
  areas: Array<AreaRef>;
  edition: string;
  on_edge: boolean;
  ambiguous: boolean;
  external_id: string | null;
  asset: string | null;
  synthetic: boolean;
  version: number;
  urgency: Urgency;
  step: Step | null;
  due_at: string | null;
  nearly_due: boolean;
  overdue: boolean;
  closed_at: string | null;
  campaign: string | null;
  links: Array<Link>;
  secret: string | null;
}

export interface FilledTemplate {
  code: string;
  move: string;
  field: string;
  name: string;
  text: string;
}

export interface FilledTemplates {
  number: string;
  templates: Array<FilledTemplate>;
}

export interface Finding {
  id: number;
  kind: 'lately' | 'where';
  source: 'residents' | 'patrols';
  category: string;
  sentence: Record<string, string>;
  what: Record<string, string>;
  sure: Record<string, string>;
  first_day: string;
  last_day: string;
  found_on: string;
  seen_on: string;
  centre: Centre;
  cells: Array<string>;
  observed: number;
  expected: number;
  against: 'rhythm' | 'households' | 'reports';
  p: number;
  recurrence_days: number | null;
  reports: number;
  reporters: number;
  unknown_reporters: number;
  median_gap_s: number | null;
  method: string;
  links: Array<Link>;
}

export interface FindingCase {
  number: string;
  received_at: string;
  category: string;
  state: string;
  state_title: string;
  links: Array<Link>;
}

export interface FindingCases {
  finding: number;
  cases: Array<FindingCase>;
}

export interface Findings {
  run: Run | null;
  findings: Array<Finding>;
  more: boolean;
}

export interface FollowedCase {
  number: string;
  territory: string;
  version: number;
  category: string;
  description: string;
  received_at: string;
  lon: number | null;
  lat: number | null;
  cell: CellRef;
  ancestors: Array<CellRef>;
  stage: Stage;
  stages: Array<StageReached>;
  state: State;
  state_title: string;
  due: Due | null;
  parked: boolean;
  merged: boolean;
  desk: Answering | null;
  parties: Array<Record<string, string>>;
  entries: Array<FollowedEntry>;
  moves: Array<'add' | 'confirm' | 'reopen' | 'rate' | 'withdraw'>;
  reopen_until: string | null;
  supports: number;
  supporting: boolean;
}

export interface FollowedEntry {
  at: string;
  move: string;
  title: string;
  own: boolean;
  text: string | null;
  score: number | null;
  photos: Array<FollowedPhoto>;
}

export interface FollowedPhoto {
  id: string;
  width: number;
  height: number;
  large: string;
  small: string;
}

export interface GivenInfo {
  role: Role;
  territory: string | null;
  level: string | null;
  code: string | null;
  organisation: number | null;
  id: number;
  valid_from: string;
  valid_to: string | null;
  given_by: string;
}

export interface HandledBody {
  note: string;
  photos?: Array<string>;
}

export interface HeldGrant {
  role: Role;
  territory: string | null;
  level: string | null;
  code: string | null;
  organisation: number | null;
  rights: Array<Right>;
}

export interface Holder {
  desk: number;
  level: string | null;
  code: string;
  since: string | null;
}

export interface HolderRef {
  desk: number;
  level: string | null;
  code: string;
  name: Record<string, string>;
}

export interface HouseholdsCounted {
  stored: boolean;
  valid_from: string;
  total: number;
  inside: number;
}

export interface IndicatorDefinitions {
  indicators: Array<Definition>;
}

export interface Indicators {
  territory: string;
  edition: string;
  as_of: string | null;
  from: string | null;
  to: string | null;
  by: Array<string>;
  level: string | null;
  indicators: Array<Described>;
  total: FigureRow;
  rows: Array<FigureRow>;
  links: Array<Link>;
}

export interface Integrity {
  checks: Array<IntegrityCheck>;
}

export interface IntegrityCases {
  check: string;
  cases: Array<SuspectCase>;
  links: Array<Link>;
}

export interface IntegrityCheck {
  check: string;
  cases: number;
  thresholds: Record<string, number>;
  links: Array<Link>;
}

export interface KeyInfo {
  role: Role;
  territory: string | null;
  level: string | null;
  code: string | null;
  organisation: number | null;
  id: number;
  name: string;
  rights: Array<Right>;
  created_at: string;
  created_by: string;
  expires_at: string;
}

export interface Keys {
  keys: Array<KeyInfo>;
}

export interface Leave {
  away_from: string;
  back_on: string;
  substitute: string | null;
}

export interface LevelInfo {
  key: string;
  name: Record<string, string>;
  count: number;
}

export interface LimitEntry {
  step: Step;
  within: string;
  categories?: Array<string> | null;
  urgency?: Urgency | null;
}

export interface Link {
  rel: string;
  href: string;
  type: string;
}

export interface ListSummary {
  total: number;
  open: number;
  overdue: number;
  nearly_due: number;
  parked: number;
  returned: number;
  by_state: Array<CountByState>;
  by_category: Array<CountByCategory>;
}

export interface ListedReport {
  number: string;
  territory: string;
  state: string;
  category: string;
  description: string;
  occurred_at: string;
  received_at: string;
  lon: number;
  lat: number;
  raw: Raw;
  accuracy: number | null;
  cell: CellRef;
  ancestors: Array<CellRef>;
  areas: Array<AreaRef>;
  edition: string;
  on_edge: boolean;
  ambiguous: boolean;
  external_id: string | null;
  asset: string | null;
  synthetic: boolean;
  version: number;
  urgency: Urgency;
  step: Step | null;
  due_at: string | null;
  nearly_due: boolean;
  overdue: boolean;
  closed_at: string | null;
  campaign: string | null;
  links: Array<Link>;
  state_title: string;
  holder: HolderRef | null;
  parked_at: string | null;
  returned: boolean;
  major_class?: string | null;
  minor_class?: string | null;
}

export interface Load {
  open: number;
  nearly_due: number;
  overdue: number;
  parked: number;
}

export interface LocateAnswer {
  lon: number;
  lat: number;
  edition: string;
  cell: CellRef | null;
  ancestors: Array<CellRef>;
  on_edge: boolean;
  ambiguous: boolean;
  candidates: Array<CandidateShare>;
  areas: Array<AreaRef>;
  nearest: Nearest | null;
}

export type Means = 'evidence' | 'on-the-spot';

export interface Member {
  number: string;
  name: string;
  employer: string;
  phone: string | null;
  active: boolean;
}

export interface Members {
  members: Array<Member>;
}

export interface Move {
  code: string;
  from: string | null;
  to: string;
  m2: number;
  people: Record<string, number>;
}

export interface MoveBody {
  move: 'register' | 'refuse' | 'merge' | 'dispatch' | 'accept' | 'return' | 'start' | 'report-back' | 'verify' | 'reject' | 'close' | 'confirm' | 'reopen' | 'transfer' | 'escalate' | 'ask-extension' | 'grant-extension' | 'refuse-extension' | 'park' | 'resume' | 'urge' | 'void' | 'withdraw' | 'split' | 'relocate' | 'name-asset' | 'note' | 'answer' | 'add' | 'rate';
  note?: string | null;
  reason?: string | null;
  evidence?: Array<string>;
  photos?: Array<string>;
  parties?: Array<PartyBody>;
  task?: number | null;
  desk?: number | null;
  until?: string | null;
  into?: string | null;
  point?: PointBody | null;
  category?: string | null;
  urgency?: Urgency | null;
  asset?: string | null;
  description?: string | null;
  satisfied?: boolean | null;
  score?: number | null;
  same_parties?: boolean;
}

export interface Moved {
  number: string;
  state: State;
  state_title: string;
  version: number;
  step: Step | null;
  due_at: string | null;
  holder: Holder | null;
  parked_at: string | null;
  merged_into: string | null;
  parent: string | null;
  moves: Array<OpenMove>;
  links: Array<Link>;
}

export interface MyWeek {
  since: string;
  levels: Array<WeekOfLevel>;
}

export interface NamedPlace {
  kind: BackdropKind | 'address';
  name: string;
  lon: number;
  lat: number;
  bbox: [number, number, number, number];
  cell: CellRef | null;
}

export interface NamedPlaces {
  places: Array<NamedPlace>;
  any: boolean;
}

export interface NearAsset {
  number: string;
  kind: AssetKindRef;
  name: string;
  lon: number;
  lat: number;
  cell: CellRef | null;
  attributes: Record<string, string> | null;
  distance_m: number;
}

export interface NearAssets {
  assets: Array<NearAsset>;
}

export interface Nearest {
  code: string;
  name: string;
  distance_m: number;
}

export interface NeedInfo {
  name: string;
  kind: NeedKind;
  required: boolean;
  least: number;
}

export type NeedKind = 'text' | 'texts' | 'photos' | 'flag' | 'score' | 'time' | 'parties' | 'task' | 'desk' | 'case' | 'point' | 'category' | 'urgency' | 'asset';

export interface NewKey {
  role: Role;
  territory: string | null;
  level: string | null;
  code: string | null;
  organisation: number | null;
  id: number;
  name: string;
  rights: Array<Right>;
  created_at: string;
  created_by: string;
  expires_at: string;
  key: string;
}

export interface NewSecret {
  secret: string;
}

export interface NewTotp {
  secret: string;
  uri: string;
}

export interface NewWebhook {
  id: number;
  name: string;
  url: string;
  moves: Array<string> | null;
  created_at: string;
  created_by: string;
  mark: string | null;
  waiting: number;
  failed: number;
  failures: number;
  rests_until: string | null;
  error: string | null;
  secret: string;
}

export interface NoticeInfo {
  id: number;
  channel: string;
  recipient: string;
  language: string;
  staff: boolean;
  state: 'waiting' | 'sent' | 'failed' | 'dropped';
  attempts: number;
  due_at: string;
  created_at: string;
  done_at: string | null;
  error: string | null;
  news: Array<NoticeNews>;
}

export type NoticeKind = 'received' | 'registered' | 'answered' | 'parked' | 'closed' | 'refused' | 'merged' | 'voided' | 'reopened' | 'due' | 'overdue' | 'returned' | 'raised' | 'found' | 'given';

export interface NoticeNews {
  kind: NoticeKind;
  number: string | null;
}

export interface Notices {
  ways: Array<'email' | 'gateway' | 'wechat' | 'push'>;
  notices: Array<NoticeInfo>;
  links: Array<Link>;
}

export interface OddClosing {
  number: string;
  received_at: string;
  closed_at: string;
  category: string;
  state: string;
  cell: CellRef;
  score: number;
  reasons: Array<OddReason>;
  links: Array<Link>;
}

export interface OddClosings {
  cases: Array<OddClosing>;
  odd: number;
  compared: number;
}

export interface OddReason {
  reason: string;
  title: string;
  points: number;
  case: string | null;
}

export interface Officer {
  id: number;
  number: string;
  name: string;
  phone: string | null;
  active: boolean;
  postings: Array<Posting>;
  leave: Array<Leave>;
  version: number;
  load?: Load | null;
}

export interface OfficerOnDuty {
  number: string;
  name: string;
  phone: string | null;
  role: 'responsible' | 'assistant';
  stands_in_for: string | null;
  back_on: string | null;
}

export interface Officers {
  officers: Array<Officer>;
}

export interface OidcLink {
  name: string;
  href: string;
}

export interface OpenMove {
  move: string;
  title: string;
  needs: Array<NeedInfo>;
  tasks: Array<number>;
}

export interface OptionBody {
  code: string;
  name: Record<string, string | null>;
}

export interface Organisation {
  code: string;
  name: Record<string, string>;
  type: string;
  parent: string | null;
  phone: string | null;
  active: boolean;
  cells: Array<PlaceRef>;
  id: number;
  version: number;
}

export interface OrganisationRef {
  code: string;
  name: Record<string, string>;
  type: string;
  phone: string | null;
  level: string;
  cell: string;
}

export interface OrganisationType {
  code: string;
  name: Record<string, string>;
}

export interface OrganisationTypes {
  types: Array<OrganisationType>;
}

export interface Organisations {
  organisations: Array<Organisation>;
}

export interface Outcome {
  cases: number;
  within: Array<number>;
}

export interface Outcomes {
  from: string | null;
  to: string | null;
  step: number | null;
  edition: string | null;
  level: string | null;
  cell: string | null;
  finest: string | null;
  days: Array<number>;
  all: Outcome;
  by_category: Array<CategoryOutcome>;
}

export interface OverlayEdition {
  key: string;
  name: Record<string, string>;
  valid_from: string;
  valid_to: string | null;
  source: string;
  licence: string;
  imported_at: string;
  areas: number;
}

export interface OverlayList {
  overlays: Array<OverlayEdition>;
}

export interface OwnJudgement {
  verdict: Verdict;
  means: Means;
  note: string | null;
}

export interface OwnNotices {
  on: boolean;
  email: string | null;
  language: 'en' | 'zh' | null;
}

export interface OwnPush {
  on: boolean;
  key: string | null;
}

export interface OwnPushBody {
  endpoint: string;
  key: string;
  auth: string;
}

export interface Part {
  area: string;
  share: number;
  m2: number;
  households: number | null;
  household_share: number | null;
}

export interface Party {
  level: string | null;
  code: string;
  name: Record<string, string>;
}

export interface PartyBody {
  organisation?: number | null;
  desk?: number | null;
  needed?: boolean;
  due_at?: string | null;
}

export interface PartyInfo {
  organisation: number | null;
  desk: number | null;
  level: string | null;
  code: string;
  name: Record<string, string>;
  routed: boolean;
}

export type Pattern = 'new' | 'consecutive' | 'intensifying' | 'persistent' | 'diminishing' | 'sporadic' | 'oscillating' | 'historical' | 'none';

export interface PeerBody {
  url: string;
  jurisdiction_id?: string | null;
  program?: 'georeport' | 'wangge';
  format?: 'json' | 'xml';
  page_size?: number | null;
  updates?: boolean;
  since?: string | null;
  states?: Array<string> | null;
  cells?: Array<string> | null;
  status?: Record<string, unknown>;
  pull?: Record<string, unknown>;
  push?: Record<string, unknown>;
  key?: string | null;
}

export interface PeerInfo {
  name: string;
  url: string;
  jurisdiction_id: string | null;
  program: string;
  format: string;
  page_size: number;
  updates: boolean;
  since: string;
  states: Array<string> | null;
  cells: Array<string> | null;
  status: Record<string, string>;
  pull: Record<string, string>;
  push: Record<string, string>;
  keyed: boolean;
  looked_at: string | null;
  last: PeerTurn | null;
  error: string | null;
  taken: number;
  sent: number;
  waiting: number;
  refused: number;
  created_at: string;
  created_by: string;
  version: number;
}

export interface PeerTrial {
  services: Array<TheirService>;
}

export interface PeerTurn {
  seen: number;
  taken: number;
  followed: number;
  untaken: number;
  sent: number;
  told: number;
  refused: number;
}

export interface Peers {
  peers: Array<PeerInfo>;
  every_s: number;
}

export type PeriodKind = 'year' | 'month' | 'week';

export interface Photo {
  id: string;
  width: number;
  height: number;
  taken_at: string | null;
  place: CameraPlace | null;
  expires_at: string;
  large: string;
  small: string;
}

export interface PhotoErasure {
  id: number;
  at: string;
  count: number;
  report_ids: Array<number>;
}

export interface PhotoErasures {
  erasures: Array<PhotoErasure>;
}

export interface PlaceRef {
  level: string;
  code: string;
}

export interface PointBody {
  lon: number;
  lat: number;
  datum?: Datum;
}

export interface PolicyDocument {
  warn?: number;
  reopen_days?: number;
  working?: Working;
  levels?: Record<string, string>;
  limits?: Array<LimitEntry>;
}

export interface Posting {
  level: string;
  cell: string;
  role: string;
  valid_from: string;
  valid_to: string | null;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: Array<FieldProblem> | null;
}

export type Proof = 'none' | 'after' | 'before-and-after';

export type Publicity = 'counts' | 'street' | 'exact';

export type Purpose = 'park' | 'campus' | 'hospital' | 'market' | 'business' | 'industrial' | 'logistics' | 'station' | 'scenic' | 'construction' | 'other';

export interface Question {
  code: string;
  kind: QuestionKind;
  name: Record<string, string>;
  options: Array<QuestionOption>;
}

export interface QuestionBody {
  code: string;
  kind?: QuestionKind;
  name: Record<string, string | null>;
  options?: Array<OptionBody>;
}

export type QuestionKind = 'text' | 'number' | 'choice';

export interface QuestionOption {
  code: string;
  name: Record<string, string>;
}

export interface Raw {
  lon: number;
  lat: number;
  datum: Datum;
}

export interface RefusedRecord {
  field: string;
  kind: string;
  message: string;
  record: number;
  got: string;
}

export interface ReleaseInfo {
  period: string;
  kind: PeriodKind;
  from: string;
  to: string;
  step: number;
  edition: string;
  finest: Record<string, string | null>;
}

export interface Releases {
  releases: Array<ReleaseInfo>;
}

export interface ReportBody {
  lon: number;
  lat: number;
  datum?: Datum;
  accuracy?: number | null;
  category: string;
  description?: string;
  occurred_at?: string | null;
  contact?: ContactBody | null;
  external_id?: string | null;
  urgency?: Urgency;
  asset?: string | null;
  photos?: Array<string>;
  answers?: Record<string, string | number | null>;
  handled?: HandledBody | null;
  on_behalf?: 'spoken' | 'written' | null;
}

export interface ReportPage {
  reports: Array<ListedReport>;
  links: Array<Link>;
}

export interface ReporterMoveBody {
  move: 'add' | 'confirm' | 'reopen' | 'rate' | 'withdraw';
  note?: string | null;
  reason?: string | null;
  score?: number | null;
  photos?: Array<string>;
}

export type Right = 'file' | 'file-many' | 'read' | 'read-contact' | 'read-figures' | 'export' | 'read-roster' | 'edit-roster' | 'edit-rules' | 'edit-accounts' | 'read-audit' | 'plan' | 'audit' | 'move' | 'check';

export type Role = 'resident' | 'officer' | 'assistant' | 'community-desk' | 'street-desk' | 'centre' | 'organisation' | 'planner' | 'administrator' | 'auditor';

export interface RoleInfo {
  role: Role;
  rights: Array<Right>;
  organisation: boolean;
}

export interface RosterTaken {
  officers: number;
  changed: number;
}

export interface RoutedParty {
  desk: number | null;
  organisation: number | null;
  name: Record<string, string>;
  needed: boolean;
}

export type Rule = 'sum' | 'share' | 'mean' | 'class' | 'yes-no';

export interface RuleBody {
  name?: Record<string, string | null> | null;
  categories?: Array<string>;
  kinds?: Array<string>;
  within?: Array<string>;
  areas?: Array<string>;
  days?: Array<'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'>;
  hours?: string | null;
  to: Array<TargetBody>;
}

export interface RuleCount {
  rule: number | null;
  cases: number;
}

export interface RuleSet {
  version: number;
  rules: Array<Record<string, unknown>>;
}

export interface RuleVersion {
  version: number;
  rules: number;
  actor: string;
  note: string | null;
  made_at: string;
}

export interface RuleVersions {
  versions: Array<RuleVersion>;
}

export interface RulesBody {
  rules: Array<RuleBody>;
  note?: string | null;
}

export interface Run {
  day: string;
  ran_at: string;
  seed: number;
  reports: number;
  sessions: number;
  tests: number;
  unseen: Array<Unseen>;
}

export interface SavedList {
  id: number;
  name: string;
  query: string;
}

export interface SavedListBody {
  name: string;
  query: string;
}

export interface SavedLists {
  lists: Array<SavedList>;
}

export interface SessionAnswer {
  account: SignedAccount | null;
  csrf: string | null;
  oidc: OidcLink | null;
}

export interface SignedAccount {
  id: number;
  login: string;
  name: string;
  has_password: boolean;
  grants: Array<HeldGrant>;
  until: string;
}

export interface SimilarCase {
  number: string;
  since: string;
  stage: Stage;
  stage_title: string;
  distance_m: number;
  supports: number;
  same_asset: boolean;
}

export interface SimilarCases {
  cases: Array<SimilarCase>;
}

export type Stage = 'received' | 'working' | 'fixed' | 'closed';

export interface StageReached {
  stage: Stage;
  title: string;
  since: string | null;
}

export type State = 'received' | 'assigned' | 'registered' | 'dispatched' | 'accepted' | 'handling' | 'reported' | 'verified' | 'closed' | 'confirmed' | 'parked' | 'refused' | 'merged' | 'voided' | 'withdrawn';

export interface StatisticsOfCell {
  code: string;
  name: string;
  reports: number;
  households: number | null;
  gi_star_z: number | null;
  moran_i: number | null;
  moran_z: number | null;
  smoothed_rate: number | null;
}

export type Step = 'register' | 'dispatch' | 'handle' | 'verify' | 'close';

export interface StoredPolicy {
  territory: string;
  revision: number;
  default: boolean;
  policy: PolicyDocument;
}

export type Subject = 'account' | 'grant' | 'key' | 'officer' | 'desk' | 'organisation' | 'organisation-type' | 'rules' | 'policy' | 'calendar-day' | 'category' | 'template' | 'indicator' | 'attribute' | 'asset-kind' | 'member' | 'webhook' | 'draft' | 'peer' | 'classes' | 'campaign' | 'overlay';

export interface Suggestion {
  category: string;
  confidence: number | null;
}

export interface Suggestions {
  suggestions: Array<Suggestion>;
}

export interface Support {
  number: string;
  secret: string;
  supports: number;
}

export interface SuspectCase {
  number: string;
  received_at: string;
  category: string;
  state: string;
  cell: CellRef;
  at: string;
  actor: string;
  links: Array<Link>;
}

export interface TargetBody {
  desk?: string | null;
  organisation?: string | null;
  type?: string | null;
  needed?: boolean;
}

export interface TaskInfo {
  id: number;
  organisation: number | null;
  desk: number | null;
  party: Party;
  state: TaskState;
  needed: boolean;
  dispatched_at: string;
  accepted_at: string | null;
  due_at: string | null;
  overdue: boolean;
  asked_until: string | null;
  reported_at: string | null;
  handler: string | null;
  note: string | null;
  evidence: Array<string>;
}

export type TaskState = 'dispatched' | 'accepted' | 'handling' | 'reported' | 'returned' | 'cancelled';

export interface TasksOfWeek {
  given: number;
  done: number;
  open: number;
}

export interface TemplateInfo {
  code: string;
  move: string;
  field: string;
  category: string | null;
  name: Record<string, string>;
  text: Record<string, string>;
  position: number;
  version: number;
}

export interface Templates {
  templates: Array<TemplateInfo>;
  moves: Array<TextMove>;
}

export interface Territories {
  territories: Array<Territory>;
}

export interface Territory {
  code: string;
  name: Record<string, string>;
  timezone: string;
  synthetic: boolean;
  edition: string;
  valid_from: string;
  source: string;
  licence: string;
  bbox: [number, number, number, number];
  levels: Array<LevelInfo>;
  special: Array<Purpose>;
  reports: number | null;
  newest: string | null;
  links: Array<Link>;
}

export interface TextMove {
  move: string;
  title: string;
  fields: Array<string>;
}

export interface TheirService {
  code: string;
  name: string | null;
  category: string | null;
}

export interface TooLittle {
  category: string | null;
  per_bin: number;
  least: number;
  sentence: Record<string, string>;
}

export interface Trial {
  cases: number;
  elsewhere: number;
  by_rule: Array<RuleCount>;
  examples: Array<Elsewhere>;
}

export interface Tried {
  code: string;
  name: string;
  before: AttributeValue | null;
  after: AttributeValue | null;
}

export interface TrulySolved {
  value: number | null;
  low: number | null;
  high: number | null;
  judged: number;
  solved: number;
}

export interface Unseen {
  category: string;
  patrols: boolean;
  sessions: number;
  expected: number;
  least: number | null;
  sentence: Record<string, string>;
}

export interface UntakenRequest {
  origin: 'theirs' | 'ours';
  number: string;
  tries: number;
  tried_at: string | null;
  reason: string;
}

export interface UntakenRequests {
  requests: Array<UntakenRequest>;
}

export type Urgency = 'normal' | 'urgent';

export interface ValuesTaken {
  level: string;
  on: string;
  stored: number;
  ignored: Array<string>;
}

export type Verdict = 'solved' | 'not-solved' | 'cannot-tell';

export interface Way {
  parties: Array<RoutedParty>;
  why: Record<string, unknown>;
}

export interface WebhookInfo {
  id: number;
  name: string;
  url: string;
  moves: Array<string> | null;
  created_at: string;
  created_by: string;
  mark: string | null;
  waiting: number;
  failed: number;
  failures: number;
  rests_until: string | null;
  error: string | null;
}

export interface WebhookSecret {
  secret: string;
}

export interface Webhooks {
  webhooks: Array<WebhookInfo>;
}

export interface WeekOfLevel {
  level: string;
  cells: number;
  own: TasksOfWeek;
  median: TasksOfWeek | null;
}

export interface Working {
  hours?: Array<string>;
  rest?: Array<'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'>;
  holidays?: string | null;
}
