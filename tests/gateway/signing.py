"""Signs as Brex does."""

import base64
import hashlib
import hmac
import time

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
OTHER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = b'{"event_type":"ACCOUNTING_RECORD_READY_FOR_EXPORT","accountingRecordIds":["accr_1","accr_2"],"companyId":"cuacc_1"}'


def signature(body: bytes, message_id: str, timestamp: str, secret: str = SECRET) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def signed(
    body: bytes = EVENT,
    *,
    message_id: str = "msg_1",
    at: int | None = None,
    secret: str = SECRET,
    family: str = "Webhook",
) -> dict[str, str]:
    timestamp = str(int(time.time()) if at is None else at)
    return {
        f"{family}-Id": message_id,
        f"{family}-Timestamp": timestamp,
        f"{family}-Signature": signature(body, message_id, timestamp, secret),
    }
