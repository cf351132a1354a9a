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

topics = _split("""
    ants astronomy autumn baking baseball bees birds books bread bridges butterflies camping castles
    cats caves chess chocolate cities clouds coffee cooking dancing deserts dinosaurs dogs dolphins
    dreams drums farms fishing flowers forests friendship gardens glaciers gold grandparents guitars
    hiking history holidays honey horses houses insects islands jungles kindness kites lakes languages
    libraries lightning lions markets maps medicine meteors mirrors money mountains museums music night
    oceans oranges owls painting parks pasta penguins photography pirates pizza planets poetry rain
    rainbows reading rivers robots rockets running sailing school science sharks sheep ships shoes
    silence sleep snow soccer soup spiders spring stars storms summer sunlight swimming tea teachers
    tigers time trains travel trees turtles villages volcanoes water weather whales winter wolves
    writing zebras
""")

verbs = _split("""
    bake borrow build buy carry catch choose clean climb collect cook cross dance deliver discover draw
    drink drive eat explore find fly follow forget grow hear help hide hold jump laugh learn leave
    listen lose make meet move open paint plant play read remember repair ride run sail save search see
    sell send share sing sleep smile speak spend study sweep swim teach throw touch travel visit wait
    walk wash watch wear whisper win wonder work write
""")
