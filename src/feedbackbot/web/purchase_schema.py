"""How `POST /api/purchases` is described in the OpenAPI document; inviting.parse_purchase is what decides."""

from __future__ import annotations

from typing import Any

_MOMENT = {
    "type": "string",
    "format": "date-time",
    "description": "ISO 8601; without a zone it is the shop's time",
}

PURCHASE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["source", "order_id", "customer", "items"],
                    "properties": {
                        "source": {"type": "string", "examples": ["webshop"]},
                        "order_id": {"type": "string", "examples": ["1042"]},
                        "customer": {
                            "type": "object",
                            "properties": {
                                "id": {"type": "string"},
                                "first_name": {"type": "string"},
                                "language": {"type": "string", "examples": ["en"]},
                                "email": {"type": "string"},
                                "timezone": {"type": "string", "examples": ["Europe/London"]},
                            },
                        },
                        "items": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "sku": {"type": "string"},
                                },
                            },
                        },
                        "total": {"type": ["number", "string"]},
                        "currency": {"type": "string", "examples": ["GBP"]},
                        "purchased_at": _MOMENT,
                        "shipped_at": _MOMENT,
                        "delivered_at": _MOMENT,
                        "cancelled_at": _MOMENT,
                        "refunded_at": _MOMENT,
                        "returned_at": _MOMENT,
                        "gift": {"type": "boolean"},
                        "tags": {"type": "array", "items": {"type": "string"}},
                    },
                }
            }
        },
    }
}
