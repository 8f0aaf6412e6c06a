/** What a role is called where people read it. */
const NAMES: Record<string, string> = {
  admin: "Administrator",
  customer: "Customer",
  vendor: "Vendor",
  staff: "Staff",
};

export function roleText(roles: readonly string[]): string {
  return roles.map((role) => NAMES[role] ?? role).join(", ");
}
