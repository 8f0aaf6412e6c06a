// The errors of the embedded database: MongoDB's own codes, so that drivers and callers see what they know.

const CODE_NAMES = {
  1: "InternalError",
  2: "BadValue",
  9: "FailedToParse",
  13: "Unauthorized",
  14: "TypeMismatch",
  17: "ProtocolError",
  26: "NamespaceNotFound",
  27: "IndexNotFound",
  28: "PathNotViable",
  40: "ConflictingUpdateOperators",
  43: "CursorNotFound",
  48: "NamespaceExists",
  52: "DollarPrefixedFieldName",
  54: "NotSingleValueField",
  56: "EmptyFieldName",
  59: "CommandNotFound",
  66: "ImmutableField",
  67: "CannotCreateIndex",
  72: "InvalidOptions",
  73: "InvalidNamespace",
  85: "IndexOptionsConflict",
  86: "IndexKeySpecsConflict",
  168: "InvalidPipelineOperator",
  238: "NotImplemented",
  263: "OperationNotSupportedInTransaction",
  352: "UnsupportedOpQueryCommand",
  10334: "BSONObjectTooLarge",
  11000: "DuplicateKey",
} as const;

/** Codes of five digits that have no name of their own are MongoDB's "Location" codes. */
type LocationCode =
  | 15947
  | 15952
  | 15955
  | 15958
  | 15959
  | 17419
  | 28818
  | 31249
  | 31253
  | 31254
  | 40156
  | 40228
  | 40234
  | 40323
  | 40324
  | 40415
  | 51024;

export type ErrorCode = keyof typeof CODE_NAMES | LocationCode;

export type ErrorDetails = { readonly [field: string]: unknown };

/** What a command answers instead of a result; `details` are extra fields such as keyPattern. */
export class CommandError extends Error {
  readonly code: number;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export const codeName = (code: number): string => {
  const names: { readonly [code: number]: string } = CODE_NAMES;
  return names[code] ?? `Location${code}`;
};

/** Something MongoDB can do and this server cannot: refused by name, never half done. */
export const notOffered = (what: string): CommandError =>
  new CommandError(238, `${what} is not offered by the embedded database; use a real MongoDB for it`);

export const badValue = (message: string): CommandError => new CommandError(2, message);
