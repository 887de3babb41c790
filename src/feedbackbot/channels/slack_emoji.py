"""Slack's names for the emoji that people at work use most; for others, Slack's own events carry the characters."""

from __future__ import annotations

_TABLE = """
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 clap 👏 raised_hands 🙌 pray 🙏 wave 👋 muscle 💪 handshake 🤝
point_up ☝️ point_right 👉 point_left 👈 point_down 👇 v ✌️ crossed_fingers 🤞 call_me_hand 🤙 writing_hand ✍️
smile 😄 smiley 😃 grinning 😀 grin 😁 laughing 😆 joy 😂 rolling_on_the_floor_laughing 🤣 sweat_smile 😅
slightly_smiling_face 🙂 upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 star-struck 🤩
kissing_heart 😘 yum 😋 stuck_out_tongue 😛 hugging_face 🤗 thinking_face 🤔 zipper_mouth_face 🤐
neutral_face 😐 expressionless 😑 smirk 😏 unamused 😒 face_with_rolling_eyes 🙄 grimacing 😬 relieved 😌
pensive 😔 sleepy 😪 sleeping 😴 mask 😷 sunglasses 😎 confused 😕 worried 😟 slightly_frowning_face 🙁
white_frowning_face ☹️ open_mouth 😮 hushed 😯 astonished 😲 flushed 😳 pleading_face 🥺 cry 😢 sob 😭
scream 😱 disappointed 😞 sweat 😓 weary 😩 tired_face 😫 triumph 😤 rage 😡 angry 😠 relaxed ☺️
partying_face 🥳 melting_face 🫠 saluting_face 🫡 face_holding_back_tears 🥹 shrug 🤷 facepalm 🤦
heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤
white_heart 🤍 broken_heart 💔 two_hearts 💕 sparkling_heart 💖 sparkles ✨ star ⭐ star2 🌟 fire 🔥 tada 🎉
confetti_ball 🎊 balloon 🎈 gift 🎁 birthday 🎂 cake 🍰 coffee ☕ tea 🍵 beers 🍻 bouquet 💐 rose 🌹
sunflower 🌻 seedling 🌱 sunny ☀️ rainbow 🌈 umbrella ☔ snowflake ❄️ christmas_tree 🎄 rocket 🚀 package 📦
truck 🚚 mailbox 📫 envelope ✉️ email 📧 phone ☎️ telephone_receiver 📞 calendar 📅 date 📅 clock1 🕐
hourglass ⌛ bell 🔔 mega 📣 memo 📝 pencil ✏️ pencil2 ✏️ paperclip 📎 link 🔗 camera 📷 moneybag 💰
credit_card 💳 shopping_bags 🛍️ shoe 👞 athletic_shoe 👟 shirt 👕 chair 🪑 house 🏠 office 🏢 wrench 🔧
hammer 🔨 gear ⚙️ bulb 💡 mag 🔍 lock 🔒 key 🔑 warning ⚠️ no_entry ⛔ x ❌ white_check_mark ✅
heavy_check_mark ✔️ ballot_box_with_check ☑️ question ❓ grey_question ❔ exclamation ❗ bangbang ‼️
heavy_plus_sign ➕ 100 💯 eyes 👀 speech_balloon 💬 thought_balloon 💭 zzz 💤 soon 🔜 arrow_right ➡️
information_source ℹ️ red_circle 🔴 large_green_circle 🟢 large_yellow_circle 🟡 large_blue_circle 🔵
"""
_WORDS = _TABLE.split()

#: name without colons -> character
EMOJI = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
