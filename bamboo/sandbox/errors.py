"""How the imitation says no: the supplier's 13 codes, in any of the styles that it is known or believed to use."""

from dataclasses import dataclass
from typing import Any

from bamboo.sandbox.settings import ErrorStyle

SENTENCES = {
    "WrongAccount": "The account is not valid for this client",
    "InsufficientBalance": "Account doesn't have enough funds available to buy the card(s) requested",
    "InvalidProductIds": "One or more products were not found in your catalog",
    "InvalidProduct": "The product cannot be ordered",
    "InvalidDenomination": "The face value is not allowed for this product",
    "NoProducts": "The order must have at least one product",
    "OrderAlreadyExists": "An order with this RequestId already exists",
    "ClientCatalogNotExist": "The client has no catalog",
    "OrderNotFound": "The order was not found",
    "CardsLimitExceeded": "An order may not have more than 500 cards",
    "ProductIsOutOfStock": "The product is out of stock",
    "ClientPriceInvalid": "The price of a product is missing, contact your account manager",
    "UserNotEnabled": "The API user is disabled",
}


@dataclass(eq=False)
class Refusal(Exception):
    """The answer to a call that is refused; `sentence` replaces the code's usual one."""

    code: str
    sentence: str | None = None
    status: int = 400

    def body(self, style: ErrorStyle) -> dict[str, Any]:
        """Write the refusal in one of the four styles."""
        sentence = self.sentence or SENTENCES.get(self.code, self.code)
        match style:
            case ErrorStyle.CODE:
                return {"message": self.code}
            case ErrorStyle.REASON:
                return {"reason": self.code, "message": sentence}
            case ErrorStyle.SENTENCE:
                return {"message": sentence}
            case ErrorStyle.PROBLEM:
                return problem(self.status, self.code, detail=sentence)


@dataclass(eq=False)
class Unbound(Exception):
    """A body or query that does not have the right shape; answered as a problem document in every style."""

    field: str
    complaint: str

    def body(self) -> dict[str, Any]:
        """Write the problem document."""
        title = "One or more validation errors occurred."
        return problem(400, title, errors={self.field: [self.complaint]})


def problem(status: int, title: str, **more: object) -> dict[str, Any]:
    """Write a problem document."""
    return {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "title": title,
        "status": status,
        **more,
    }


def out_of_stock(*, name: str, requested: int, in_stock: int) -> Refusal:
    """Say that there are not enough cards."""
    sentence = f"There are not enough cards in stock for product {name}. Requested: {requested}. In stock: {in_stock}"
    return Refusal("ProductIsOutOfStock", sentence)


def short_of_funds(*, balance: object, reserved: object, top_up: object) -> Refusal:
    """Say that the account cannot pay, with the three amounts that the supplier tells."""
    amounts = f"Balance: {balance}. Reserved balance: {reserved}. Additional top-up required: {top_up}"
    return Refusal("InsufficientBalance", f"{SENTENCES['InsufficientBalance']}. {amounts}")
