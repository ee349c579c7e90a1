"""What Google's emulator must do, as a numbered list: each item with the rules that keep it."""

from __future__ import annotations

from infra.local.google.errors import REFUSALS
from infra.local.strictness import Item

_LIMITS = ("rateLimitExceeded", "userRateLimitExceeded", "tooManyRequests", "sharingRateLimitExceeded",
           "dailyLimitExceeded")  # fmt: skip
_TOLD_ELSEWHERE = {
    "storageQuotaExceeded",
    "publishOutNotPermitted",
    "publishOutNotPermitted403",
    "childNotGranted",
    *_LIMITS,
}

CHECKLIST = (
    # 1. OAuth as it works
    Item("1.1", "Redirect URIs match exactly; `state` comes back; each scope has its box",
         ("exact-redirect", "state-echo", "consent-boxes")),
    Item("1.2", "A refresh token comes with the first or a forced consent; scopes come back renamed and reordered",
         ("refresh-once", "scope-names")),
    Item("1.3", "A code is good once, for ten minutes, for its redirect URI, client and verifier; with the secret",
         ("code-once", "code-ten-minutes", "code-redirect", "code-client", "code-verifier", "client-secret")),
    Item("1.4", "A refresh takes no scope that was not granted; revoking ends the user's whole grant",
         ("refresh-scope", "revoke-all")),
    Item("1.5", "The redirect picker", ("picker-redirect",)),
    Item("1.6", "Signing keys rotate, with how long they may be kept", ("rotating-keys",)),
    Item("1.7", "Access tokens live an hour, several at a time, for the granted scopes",
         ("token-hour", "parallel-tokens", "scope-checked")),
    # 2. OAuth in trouble
    Item("2.1", "Cancelled", ("access_denied",)),
    Item("2.2", "Grants that end: by time, by the 101st token, after a week of Testing, after six months unused",
         ("limited-grant", "hundred-tokens", "testing-week", "six-months")),
    Item("2.3", "Dead grants, session control, an administrator's policy, pages instead of JSON",
         ("invalid_grant", "invalid_rapt", "admin_policy_enforced", "token_html")),
    Item("2.4", "ID tokens: both issuers, an unverified address, no `hd`, a wrong nonce, a wrong audience",
         ("other_issuer_form", "unverified_email", "hd", "wrong_nonce", "wrong_audience")),
    Item("2.5", "One address, another account", ("account-switch",)),
    # 3. Drive as it works
    Item("3.1", "What is visible: app by user by file; shared drives only for who can handle them",
         ("grants", "other-users", "shared-drives")),
    Item("3.2", "The API key's view; resource keys", ("api-key", "key-and-token", "resource-keys")),
    Item("3.3", "Shortcuts, also dangling; native types", ("shortcuts", "native-types")),
    Item("3.4", "Default fields and the grammar of `fields`; 64-bit numbers as texts; equal names",
         ("default-fields", "fields-grammar", "about-fields", "numbers", "same-names")),
    Item("3.5", "The grammar of `q`; pages", ("search-grammar", "search", "pages")),
    Item("3.6", "The trash takes what is inside, and leaves it public; only the owner deletes, and gets 204",
         ("trash-cascade", "public-trash", "owner-deletes", "empty-delete")),
    Item("3.7", "`anyoneWithLink`; sharing a folder needs a grant on every child", ("permission-id", "folder-grants")),
    Item("3.8", "Reserved ids are one user's, and good once", ("ids-of-user", "ids-once")),
    Item("3.9", "The resumable protocol",
         ("no-location", "no-range", "alignment", "from-zero", "sums-at-once", "after-the-end", "cancelled-499",
          "session-week")),
    Item("3.10", "Every call costs its units", ("quota-units",)),
    Item("3.11", "What a method does not have is refused", ("unknown-parameters",)),
    # 4. Drive in trouble
    Item("4.1", "A wrong API key; a page with 403", ("bad-key", "html_403")),
    Item("4.2", "Sharing is forbidden, told in two ways", ("publishOutNotPermitted", "publishOutNotPermitted403")),
    Item("4.3", "Uploads: the address is gone, a chunk is refused or its answer lost, other bytes are kept",
         ("upload_session_gone", "upload_5xx_before", "upload_5xx_after", "upload_drop", "upload_damaged", "drop")),
    Item("4.4", "No room, at the start or at the end", ("storageQuotaExceeded", "upload_quota_at_end")),
    Item("4.5", "Every other documented reason", tuple(sorted(set(REFUSALS) - _TOLD_ELSEWHERE))),
    Item("4.6", "Rate limits, with and without Retry-After", (*_LIMITS, "retry-after")),
    Item("4.7", "An access token that ends in mid-upload; a list that lags", ("upload_token_checked", "list-lag")),
)  # fmt: skip
