/** What `help` prints. */

export const HELP = `npx passport-second-factor COMMAND

  key                    print a new key, and where it goes
  status [USER]          how many have a second factor; or how one person stands
      --json
  disable USER           take somebody's second factor away
  unlock USER            let somebody try codes again
      --reason TEXT      kept in the log, and told to them
      --by NAME          who does it (default cli:you)
      --yes              do not ask
  report                 what the policy means for everybody
      --policy FILE      another one, as JSON
      --csv              everybody affected, as CSV
  rotate-keys            seal everything anew under the first key; may be
                         stopped and run again
  help, --version

USER is an id, or the account name or address exactly as the pages show it.

Commands but key, help and --version read the app's own set-up:
      --config FILE      default: second-factor.config.js, .mjs or .ts here

Exit codes: 0 done, 1 failed, 2 not understood.`;
