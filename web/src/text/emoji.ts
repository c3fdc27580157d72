/** One emoji with the words that find it, the first being its name. */
export interface Emoji {
  readonly emoji: string;
  readonly words: string;
}

/** Offered at once. */
export const QUICK_EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"] as const;

const SETS: Readonly<Record<string, string>> = {
  Faces: `😀 grinning smile happy|😃 smile open happy|😄 smile eyes happy|😁 beaming grin|😆 laughing haha|😅 sweat smile relief|🤣 rolling laughing rofl|😂 joy tears laugh lol|🙂 slight smile|🙃 upside down|😉 wink|😊 blush smile|😇 angel halo innocent|🥰 love hearts|😍 heart eyes love|🤩 star struck wow|😘 kiss|😋 yum tasty|😜 wink tongue crazy|🤪 zany silly|🤗 hug|🤭 oops giggle|🤫 quiet secret shh|🤔 thinking hmm|🤨 raised eyebrow doubt|😐 neutral|😑 expressionless|😶 no mouth speechless|😏 smirk|😒 unamused|🙄 rolling eyes|😬 grimace awkward|😌 relieved|😔 pensive sad|😴 sleeping tired|😷 mask sick|🤒 fever ill|🤢 nauseated|🤯 mind blown exploding|🥳 party celebrate|😎 cool sunglasses|🤓 nerd|😕 confused|😟 worried|🙁 frown|😮 wow surprised open mouth|😲 astonished|😳 flushed|🥺 pleading please|😨 fearful|😰 anxious|😢 cry sad|😭 sob crying|😱 scream|😞 disappointed|😩 weary|😤 huff triumph|😡 angry rage|🤬 swearing|💀 skull dead|💩 poop|🤡 clown|👻 ghost|👽 alien|🤖 robot`,
  Hands: `👍 thumbs up yes like ok agree|👎 thumbs down no dislike|👌 ok perfect|✌️ victory peace|🤞 fingers crossed luck|🤘 rock horns|🤙 call me|👈 left point|👉 right point|👆 up point|👇 down point|☝️ index up|✋ hand stop|👋 wave hello bye|🤚 raised back|🖐️ five fingers|✊ fist|👊 punch fist bump|🤝 handshake deal|👏 clap applause bravo|🙌 raising hands hooray|👐 open hands|🙏 thanks please pray|✍️ writing|💪 strong muscle|🫡 salute|🤷 shrug|🤦 facepalm|👀 eyes look|🧠 brain`,
  Hearts: `❤️ heart love red|🧡 orange heart|💛 yellow heart|💚 green heart|💙 blue heart|💜 purple heart|🖤 black heart|🤍 white heart|💔 broken heart|💕 two hearts|💖 sparkling heart|💯 hundred perfect|💥 boom|💫 dizzy|✨ sparkles|🔥 fire hot lit|⭐ star|🌟 glowing star|⚡ lightning zap|💤 sleep zzz`,
  Nature: `🌞 sun|🌙 moon|🌈 rainbow|☀️ sunny weather|⛅ cloud sun|🌧️ rain|⛄ snowman winter|❄️ snow cold|🌊 wave sea|🌱 seedling plant|🌲 tree pine|🌳 tree|🍀 clover luck|🌹 rose|🌻 sunflower|🌸 blossom|🐶 dog|🐱 cat|🐭 mouse|🐰 rabbit|🦊 fox|🐻 bear|🐼 panda|🐸 frog|🐵 monkey|🙈 see no evil|🐔 chicken|🐧 penguin|🦉 owl|🦄 unicorn|🐝 bee|🦋 butterfly|🐢 turtle|🐙 octopus|🐬 dolphin|🐳 whale`,
  Food: `🍏 apple|🍌 banana|🍓 strawberry|🍉 melon|🍑 peach|🥑 avocado|🥕 carrot|🌽 corn|🍞 bread|🧀 cheese|🍳 egg breakfast|🍔 burger|🍟 fries|🍕 pizza|🌮 taco|🍜 noodles soup|🍣 sushi|🍪 cookie|🎂 cake birthday|🍰 cake slice|🍫 chocolate|🍿 popcorn|☕ coffee|🍵 tea|🍺 beer|🍻 cheers beers|🥂 champagne toast|🍷 wine`,
  Things: `🎉 party tada congratulations|🎊 confetti|🎁 present gift|🏆 trophy win|🥇 gold medal first|⚽ football soccer|🏀 basketball|🎾 tennis|🎮 game|🎲 dice|🎵 music note|🎸 guitar|🎬 film|📷 camera|📱 phone|💻 computer laptop|⌨️ keyboard|🖨️ printer|💡 idea light bulb|🔋 battery|🔧 wrench fix|🔨 hammer build|🔑 key|🔒 lock|📌 pin|📎 clip|✏️ pencil|📝 memo note|📚 books|📅 calendar date|📈 chart up|📉 chart down|📦 package box|📣 megaphone announce|🔔 bell|⏰ alarm clock|⏳ hourglass wait|💰 money|💸 money wings|🚀 rocket ship launch|✈️ plane travel|🚗 car|🚲 bicycle|🚂 train|🏠 house home|🏢 office|⛰️ mountain|🏖️ beach holiday`,
  Signs: `✅ check done yes|☑️ checked|❌ cross no wrong|❓ question|❗ exclamation important|⚠️ warning|🚫 forbidden|⛔ stop|🆗 ok|🆕 new|🔴 red circle|🟠 orange circle|🟡 yellow circle|🟢 green circle|🔵 blue circle|🟣 purple circle|⚫ black circle|⚪ white circle|➕ plus|➖ minus|➡️ right arrow|⬅️ left arrow|⬆️ up arrow|⬇️ down arrow|🔄 again reload|🏁 finish|🚩 flag red|🏳️‍🌈 rainbow flag pride`,
};

const parse = (text: string): readonly Emoji[] =>
  text.split("|").map((part) => {
    const space = part.indexOf(" ");
    return { emoji: part.slice(0, space), words: part.slice(space + 1) };
  });

/** A decent set, by group. */
export const EMOJI_GROUPS: readonly { readonly name: string; readonly emoji: readonly Emoji[] }[] = Object.entries(
  SETS,
).map(([name, text]) => ({ name, emoji: parse(text) }));

/** Those of which some word begins with each word that was typed. */
export const findEmoji = (typed: string): readonly Emoji[] => {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ emoji, words }: Emoji): boolean =>
    wanted.every((want) => emoji === want || words.split(" ").some((word) => word.startsWith(want)));
  return EMOJI_GROUPS.flatMap((group) => group.emoji.filter(fits));
};
