"""Sample mail in many languages, scripts and character sets."""

from __future__ import annotations

from typing import Final, NamedTuple


class Greeting(NamedTuple):
    """``charset`` is what a program of that country would have used once, or UTF-8."""

    language: str
    name: str
    subject: str
    text: str
    charset: str = "utf-8"
    encoding: str | None = None


GREETINGS: Final = (
    Greeting(
        "de",
        "Jürgen Groß",
        "Grüße vom Leuchtturm",
        "Hallo zusammen,\n\ndie Fähre fährt heute später: Nebel über der Förde.\n\n"
        "Schöne Grüße\nJürgen\n",
        "iso-8859-1",
        "quoted-printable",
    ),
    Greeting(
        "fr",
        "Hélène Lefèvre",
        "Réunion déplacée à jeudi",
        "Bonjour,\n\nla réunion sur l'éclairage du phare est déplacée à jeudi, 14 h.\n"
        "Le café est offert !\n\nHélène\n",
        "iso-8859-15",
        "8bit",
    ),
    Greeting(
        "pl",
        "Zażółć Gęślą",
        "Zdjęcia z rejsu",
        "Cześć!\n\nŁódź wróciła do portu. Zdjęcia są już na dysku.\n\nPozdrawiam\n",
        "iso-8859-2",
        "quoted-printable",
    ),
    Greeting(
        "el",
        "Ελένη Παπαδοπούλου",
        "Ο φάρος της Αλεξάνδρειας",
        "Καλημέρα,\n\nσου στέλνω το κείμενο για τον φάρο.\n\nΕλένη\n",
        "iso-8859-7",
        "base64",
    ),
    Greeting(
        "ru",
        "Дмитрий Соколов",
        "Расписание парома на зиму",
        "Здравствуйте!\n\nС первого декабря паром ходит два раза в день.\n\nДмитрий\n",
        "koi8-r",
        "8bit",
    ),
    Greeting(
        "uk",
        "Оксана Шевченко",
        "Нові карти узбережжя",
        "Добрий день!\n\nНадсилаю нові карти. Їх можна друкувати.\n\nОксана\n",
    ),
    Greeting(
        "tr",
        "Çağla Yıldız",
        "İskele için öneri",
        "Merhaba,\n\niskeleyi yaza kadar boyayalım mı?\n\nÇağla\n",
        "iso-8859-9",
        "quoted-printable",
    ),
    Greeting(
        "he",
        "נועה לוי",
        "מגדלור יפו",
        "שלום,\n\nהתמונות מהביקור מצורפות בקישור.\n\nנועה\n",
        "utf-8",
        "base64",
    ),
    Greeting(
        "ar",
        "ليلى حداد",
        "مواعيد العبّارة",
        "مرحباً،\n\nتغيّرت مواعيد العبّارة هذا الأسبوع.\n\nليلى\n",
        "utf-8",
        "base64",
    ),
    Greeting(
        "hi",
        "प्रिया शर्मा",
        "दीपस्तंभ की यात्रा",
        "नमस्ते,\n\nअगले महीने हम दीपस्तंभ देखने जा रहे हैं।\n\nप्रिया\n",
    ),
    Greeting(
        "th",
        "สมชาย ใจดี",
        "ตารางเรือข้ามฟาก",
        "สวัสดีครับ\n\nแนบตารางเรือมาให้ด้วยครับ\n\nสมชาย\n",
    ),
    Greeting(
        "ja",
        "山田花子",
        "灯台の写真について",
        "こんにちは。\n\n灯台の写真を送ります。ご確認ください。\n\n山田\n",
        "iso-2022-jp",
        "7bit",
    ),
    Greeting(
        "zh",
        "王小明",
        "港口会议纪要",
        "您好：\n\n附上昨天港口会议的纪要，请查收。\n\n王小明\n",
        "gb18030",
        "base64",
    ),
    Greeting(
        "ko",
        "김민준",
        "등대 견학 안내",
        "안녕하세요.\n\n다음 주 등대 견학 일정을 보내 드립니다.\n\n김민준 드림\n",
        "euc-kr",
        "base64",
    ),
    Greeting(
        "vi",
        "Nguyễn Thị Hương",
        "Lịch phà tháng mười hai",
        "Chào bạn,\n\nlịch phà mới đã có trên trang chủ.\n\nHương\n",
    ),
    Greeting(
        "emoji",
        "Sam 🐚",
        "🌊 Low tide at noon 🦀",
        "Bring boots! 👢\nThe family 👨‍👩‍👧‍👦 is coming, and the dog 🐕.\n",
    ),
)
