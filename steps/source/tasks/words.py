"""Words that the families draw from: plain ones, which a small model knows."""

from __future__ import annotations


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


nouns = _split("""
    anchor apple apron arrow attic bakery balloon barn basket beach bell bench bicycle blanket boat book
    bottle bowl box branch bread brick bridge broom brush bucket butter button cabin cake camera candle
    canoe carpet carrot castle chair cheese church clock cloud coat coffee coin compass corn cottage cow
    cradle crown cup curtain desk diamond dinner doctor dog door dress drum duck eagle elephant engine
    farmer feather fence field fire fish flag flower forest fork fountain fox frog garden gate ghost
    giraffe glass glove goat grape guitar hammer harbor hat hill honey horse hospital hotel island
    jacket jar jungle kettle key king kitchen kite kitten ladder lake lamp lantern leaf lemon letter
    library lighthouse lion magnet map market meadow milk mirror monkey moon mountain mouse museum
    needle nest newspaper notebook ocean onion orange oven owl paint palace paper parrot pencil penguin
    piano picture pillow pilot pirate planet plate pocket pond potato prince pumpkin puppy puzzle queen
    rabbit radio rain rainbow river road robot rocket roof rope rose sailor salt sandwich scarf school
    scissors shadow sheep ship shirt shoe shovel snow soap soldier soup spider spoon squirrel stable
    star station statue storm suitcase sugar sun table tailor teacher tent theater thread tiger towel
    tower toy train treasure tree trumpet tunnel turtle umbrella vase village violin wagon wall watch
    waterfall whale wheel whistle wind window winter wolf wool
""")

finite_verbs = _split("""
    am appears are asks be became becomes been began begins belongs blows bought bounces brings broke
    brought built burns came can carried carries catches caught comes contains could cries danced dances
    did do does drank drinks drives drove eat eats fall falls feels fell felt fills find finds flew
    flies float floats flows found gave gets give gives glows goes got grew grows guards had hangs has
    have heard hears held helps hides holds is jumped jumps keeps kept knew know knows leads learned
    left lies liked likes lived lives looked looks lost loved loves made make makes may means met might
    moved moves must needed needs played plays protects provides pulls ran reads represents rides rises
    roars rose runs said sails sang sat saw see seems sees sells sent serves shall shines shone should
    shows sings sits sleeps slept slips smells sold sounds speaks spoke stands stays stood swam swims
    symbolizes take takes taught tells think thinks thought threw told took travels tried tries turned
    turns used uses walked walks want wanted wants was watches wears went were whispers will won wore
    works would writes wrote
""")

names = _split(
    "Anna Ben Clara David Emma Finn Grace Henry Ivy Jack Kate Leo Mia Noah Olga Paul Rosa Sam Tina Victor"
)

things = _split(
    "apples balls books buttons cards coins cups eggs flowers keys pencils shells stamps stones toys"
)


def _pairs(text: str) -> dict[str, str]:
    return {
        one.replace("_", " "): other.replace("_", " ")
        for one, other in (pair.split(":") for pair in text.split())
    }


plurals = _pairs("""
baby:babies berry:berries box:boxes branch:branches brush:brushes bus:buses butterfly:butterflies
cherry:cherries child:children church:churches city:cities country:countries
dish:dishes dress:dresses family:families foot:feet fox:foxes glass:glasses
knife:knives lady:ladies leaf:leaves library:libraries life:lives
lunch:lunches man:men match:matches mouse:mice party:parties peach:peaches pony:ponies potato:potatoes
puppy:puppies sandwich:sandwiches shelf:shelves story:stories strawberry:strawberries
tomato:tomatoes tooth:teeth watch:watches wife:wives witch:witches wolf:wolves woman:women
""")

past_tenses = _pairs("""
begin:began bite:bit blow:blew break:broke bring:brought build:built buy:bought catch:caught choose:chose
come:came draw:drew drink:drank drive:drove eat:ate fall:fell feed:fed feel:felt fight:fought find:found
fly:flew forget:forgot give:gave go:went grow:grew hear:heard hide:hid hold:held keep:kept know:knew
leave:left lose:lost make:made meet:met pay:paid ride:rode ring:rang run:ran say:said see:saw
sell:sold send:sent shake:shook sing:sang sit:sat sleep:slept speak:spoke spend:spent stand:stood
steal:stole sweep:swept swim:swam take:took teach:taught tell:told think:thought throw:threw wake:woke
wear:wore win:won write:wrote
""")

capitals = _pairs("""
Argentina:Buenos_Aires Austria:Vienna Belgium:Brussels Canada:Ottawa Chile:Santiago
China:Beijing Croatia:Zagreb Cuba:Havana Denmark:Copenhagen Egypt:Cairo Ethiopia:Addis_Ababa
Finland:Helsinki France:Paris Germany:Berlin Greece:Athens Hungary:Budapest Iceland:Reykjavik
Iran:Tehran Iraq:Baghdad Ireland:Dublin Italy:Rome Jamaica:Kingston Japan:Tokyo
Kenya:Nairobi Lebanon:Beirut Mongolia:Ulaanbaatar Nepal:Kathmandu Norway:Oslo Pakistan:Islamabad
Peru:Lima Poland:Warsaw Portugal:Lisbon Romania:Bucharest Russia:Moscow Serbia:Belgrade Spain:Madrid
Sweden:Stockholm Syria:Damascus Thailand:Bangkok Turkey:Ankara Uganda:Kampala Vietnam:Hanoi
""")
