"""What the sentences of the supplier mean: it tells reasons in words as often as in codes.

Observed sentences and likely ones (the contract's section 6.2); a text that fits none of them means nothing here.
"""

import re

# Tried in this order: "already exists" first, because it must never be taken for a refusal.
_SENTENCES = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        ("OrderAlreadyExists", r"\b(order|request ?id)\b.{0,120}\balready (exists|been used|used)"),
        ("InsufficientBalance", r"enough funds|insufficient (funds|balance)"),
        ("ProductIsOutOfStock", r"not enough.{0,200}in stock|out of stock"),
        ("OrderNotFound", r"\border\b.{0,120}(not found|does not exist)"),
        (
            "CardsLimitExceeded",
            r"(more than|limit of|maximum( of)?|exceed\w*).{0,60}\bcards\b|\bcards\b.{0,60}\bexceed",
        ),
        (
            "InvalidDenomination",
            r"(denomination|face ?value).{0,120}(not allowed|not valid|invalid|not supported)",
        ),
        ("InvalidDenomination", r"invalid (denomination|face ?value)"),
        ("ClientPriceInvalid", r"\bprice\b.{0,120}(missing|not set|invalid|account manager)"),
        (
            "ClientCatalogNotExist",
            r"client\b.{0,80}\bcatalog\b.{0,60}(not exist|not found)|client has no catalog",
        ),
        ("InvalidProductIds", r"products?\b.{0,200}(not found|not in (your|this client's) catalog)"),
        ("InvalidProduct", r"product\b.{0,200}(cannot|can not|can't) be ordered"),
        ("NoProducts", r"no products|at least one product"),
        ("WrongAccount", r"account\b.{0,80}(not valid|not found|does not belong|wrong)|wrong account"),
        ("UserNotEnabled", r"user\b.{0,60}(disabled|not enabled)"),
    )
)

# What a 400 to a read of one order says when there is none, beside the sentence above.
_NONE_SUCH = re.compile(
    r"\bnot[ _-]?found\b|\b(no|unknown|invalid|non-?existent)( such)? (order|request|record|resource|data|results?)\b"
    r"|\b(does|do|did)( not|n[o']?t) exist|\b(cannot|can not|can't|couldn't|could not|unable to) (be )?f(ind|ound)\b"
    r"|\border\b.{0,120}\b(unknown|invalid|missing|not exists?|not available)\b|\brequest ?id\b.{0,120}\binvalid\b",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(r"\b(account|client|catalog|user|credentials?|token|address|ip)\b", re.IGNORECASE)
# Titles that only repeat the status: a refusal with no more than these is as good as empty.
_EMPTY_TITLE = re.compile(r"\W*(https?://\S*|about:blank|bad ?request|error|null|none|400)?\W*", re.IGNORECASE)

# A limit that is told with another status than 429. "Try again later" alone may be about anything that went wrong.
_LIMIT = re.compile(
    r"\btoo (many (requests|orders|calls|checkouts|attempts|transactions)|frequent\w*|fast|quick\w*)\b"
    r"|\b(rate|request|call)s?[ -]?limit\w*|\bthrottl\w+|\bslow down\b|\bquota\b.{0,60}\bexceed\w*"
    r"|\b(limit|orders?|requests?|calls?)\b.{0,80}\bper (second|minute|hour)\b"
    r"|\b(limit|maximum)\b.{0,40}\b(orders|requests|calls)\b.{0,80}\b(reached|exceeded)\b"
    r"|\b(reached|exceeded)\b.{0,40}\b(limit|maximum|number)\b.{0,40}\b(orders|requests|calls)\b"
    r"|\b(wait|retry|again)( for| in| after)?( at least)? \d{1,9}(\.\d{1,6})? ?(s|secs?|seconds?|minutes?|hours?)\b",
    re.IGNORECASE,
)
# Of an order that may well have been taken: never a refusal, and no reason to buy it under another RequestId.
_UNDER_WAY = re.compile(
    r"\b(order|request|request ?id|transaction)\b((?!\b(not|cannot|can't|couldn't|unable)\b).){0,80}\b"
    r"((being|already|still|currently) (?!not\b)(\w+ )?"
    r"(process\w*|handled|placed|submitted|accepted|received|queued|pending)"
    r"|((already|still|currently) )?in (progress|process))\b"
    r"|\bduplicated?\b.{0,40}\b(order|request|request ?id|transaction)\b|\btimed out\b|\btime-?out\b",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(try|retry)\b( \w+)? later\b", re.IGNORECASE)
_WENT_WRONG = re.compile(r"\b(error|wrong|unexpected|fail\w*|exception|unavailable)\b", re.IGNORECASE)


def code_in_sentence(text: str) -> str | None:
    """Return the code that a sentence stands for, if it is known."""
    return next((code for code, sentence in _SENTENCES if sentence.search(text)), None)


def says_no_such_order(text: str) -> bool:
    """Tell whether a refused read of one order says that there is none.

    The call has an id and nothing else that could be wrong, unless the text is about us.
    """
    return bool(_NONE_SUCH.search(text)) and not _ABOUT_US.search(text)


def is_empty(text: str) -> bool:
    """Tell whether a refusal says no more than its status."""
    return all(_EMPTY_TITLE.fullmatch(line) for line in text.splitlines())


def is_limit(text: str) -> bool:
    """Tell whether a refusal without a code is about too many requests."""
    return bool(_LIMIT.search(text) or (_LATER.search(text) and not _WENT_WRONG.search(text)))


def is_under_way(text: str) -> bool:
    """Tell whether a refusal may be about an order that is being taken at this moment."""
    return bool(_UNDER_WAY.search(text))
