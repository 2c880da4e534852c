"""Harmless numbers of a call, which a redactor must leave: prices, dates, orders, streets, idioms."""

import string

from redaction_contacts import pattern
from redaction_numbers import cut, digits, letters, luhn_digit
from redaction_words import below_hundred, number_words

MONTHS = {"es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
          "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()}


def price(source, language):
    amount = source.choice((source.randint(10, 999), source.randint(1000, 99_999), source.randint(100_000, 9_999_999)))
    comma, dot = f"{amount:,}".replace(",", ".") + f",{digits(source, 2)}", f"{amount:,}.{digits(source, 2)}"
    if language == "pt":
        return source.choice((f"R$ {comma}", f"R$ {amount}", f"{amount} reais"))
    return source.choice((f"$ {comma}", f"${amount}", f"{comma.partition(',')[0]} pesos", f"US$ {dot}", f"S/ {dot}",
                          f"{amount} pesos",
                          f"{amount} dólares", " ".join(number_words(amount)) + " pesos", f"{amount} guaraníes"))


def date(source, language):
    day, month, year = source.randint(1, 28), source.randint(1, 12), source.randint(1950, 2027)
    name, short = MONTHS[language][month - 1], f"{day:02}/{month:02}"
    spoken = f"{below_hundred(day, language)} de {name}"
    return source.choice((f"{short}/{year}", f"{short}/{year % 100:02}", f"{day} de {name} de {year}",
                          f"{day} de {name}", spoken, short,
                          f"{day:02}-{month:02}-{year}", f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}"))


def clock(source, language):
    hour, minute = source.randint(0, 23), source.choice((0, 15, 30, 45, source.randint(0, 59)))
    return source.choice((f"{hour}:{minute:02}", f"{hour:02}:{minute:02}",
                          f"{hour}:{minute:02} hs" if language == "es" else f"{hour}h{minute:02}"))


def spoken_clock(source, _):
    return source.choice(("tres y cuarto", "nueve y media", "dos menos diez", "cuatro en punto", "doce del mediodía",
                          "ocho y veinte"))


def plain(*forms):
    """One of these patterns (`n` a figure, `x` one that is not 0)."""
    return lambda source, language: pattern(source, source.choice(forms))


def among(*texts):
    return lambda source, language: source.choice(texts)


def no_card(source, _):
    """Sixteen digits that begin as no card does and fail Luhn."""
    body = source.choice("01789") + digits(source, 14)
    number = body + str((int(luhn_digit(body)) + source.randint(1, 9)) % 10)
    return source.choice((number, " ".join(cut(number, 4, 4, 4)), "-".join(cut(number, 4, 4, 4))))


def tracking(source, language):
    return source.choice((
        "1Z" + letters(source, 3, string.ascii_uppercase + string.digits) + digits(source, 11),
        letters(source, 2) + digits(source, 9) + ("BR" if language == "pt" else source.choice(("AR", "CL", "MX"))),
        "TBA" + digits(source, 12), letters(source, 3) + "-" + digits(source, 7)))


def serial(source, _):
    return source.choice((
        f"{letters(source, 2)}{digits(source, 1)}{letters(source, 1)}-{digits(source, 5)}-{letters(source, 2)}",
        f"SN{digits(source, 4)}{letters(source, 4)}",
        f"{letters(source, 4)}{digits(source, 2)}{letters(source, 1)}{digits(source, 5)}",
        f"{letters(source, 2)}-{digits(source, 4)}"))


def spoken_order(source, language):
    if language == "pt":
        return " ".join(below_hundred(source.randint(1, 9), "pt") for _ in range(source.randint(4, 6)))
    values = [source.choice((source.randint(1, 9), source.randint(10, 99))) for _ in range(source.randint(3, 4))]
    return " ".join(map(below_hundred, values))


# (what, value, sentences of the customer or agent)
ES = (
    ("price", price, ("Me cobraron {x} de más.", "El total es {x}.", "¿Por qué me vino {x} este mes?",
                      "La cuota sale {x}.")),
    ("date", date, ("La visita quedó para el {x}.", "Vence el {x}.", "Lo compré el {x}.",
                    "Me atendieron el {x} y nunca volvieron.")),
    ("time", clock, ("El técnico llega a las {x}.", "Llamé a las {x} y no había nadie.", "Atendemos de 9 a {x}.")),
    ("time", spoken_clock, ("Pasan a las {x}.", "Quedamos a las {x}, ¿no?")),
    ("order", plain("xnnnnnn", "xnnnnnnn", "45nnnnnnnn", "#xnnnn", "A-2nnnn", "000xnnnn"),
     ("El pedido es el {x}.", "Mi número de orden es {x}.", "La orden de compra {x} no llegó.",
      "¿Qué pasó con el pedido {x}?")),
    ("ticket", plain("xnnnnnnn", "xnnnnnnnn", "00xnnnnn", "xnnnn", "REQ-xnnnnn", "INC00xnnnnn"),
     ("El número de ticket es {x}.", "Su reclamo quedó registrado como {x}.", "Le dejo el número de caso: {x}.",
      "Gestión {x}, para que la tenga.")),
    ("ticket", spoken_order, ("El reclamo es el {x}.", "Anote el número de gestión: {x}.", "Le asigné el ticket {x}.")),
    ("quantity", plain("xnn", "xn", "xnnn", "xn.000", "x"),
     ("Pedí {x} unidades.", "Son {x} cajas.", "Me quedan {x} puntos.", "Tenemos {x} clientes en la zona.")),
    ("quantity", among("cuatro o cinco", "dos docenas de", "mil quinientos", "un par de", "veinticuatro", "doscientos"),
     ("Encargué {x} platos.", "Necesito {x} repuestos.")),
    ("duration", plain("xn", "48 a 72", "x", "24"),
     ("Demora {x} horas.", "Estuve {x} minutos en espera.", "Son {x} días hábiles.", "El contrato es por {x} meses.")),
    ("duration", among("tres meses", "cuarenta y cinco minutos", "dos semanas", "quince días", "una hora y media"),
     ("Hace {x} que espero.", "Tarda {x}.")),
    ("address", plain("Corrientes xnnn", "Rivadavia x.nnn, piso x", "Calle 7x # 1n-3n", "Carrera x No 4n-2n",
                      "Los Aromos xnnn, depto xn", "18 de Julio 1nnn",
                      "Insurgentes Sur xnn, interior xnn", "Kilómetro 4n de la ruta 8"),
                      ("Vivo en {x}.", "La dirección es {x}.", "Mándelo a {x}.")),
    ("address", plain("1nnn", "115nn", "06nnn", "83nnnnn", "B1nnnABC"), ("El código postal es {x}.", "CP {x}.")),
    ("year", plain("20nn", "19nn"), ("Soy cliente desde {x}.", "Lo tengo desde el año {x}.", "Es un modelo {x}.")),
    ("year", among("dos mil diecinueve", "mil novecientos noventa y ocho", "dos mil veinticuatro"),
     ("Soy cliente desde {x}.",)),
    ("tracking", tracking, ("El código de seguimiento es {x}.", "La guía es {x}.", "Rastreá el envío con {x}.")),
    ("sixteen_digits", no_card, ("En la caja dice {x}.", "El código de barras es {x}.", "La serie del medidor es {x}.",
                                 "El comprobante dice {x}.")),
    ("idiom", among("Llamé tres veces y nada.", "Uno de ellos me dijo que sí.", "Ni uno ni otro.",
                    "Les di mil gracias.", "De los nueve quedamos cuatro.",
                    "Me lo dijeron dos o tres personas.", "Trabajo doble turno.", "Eso lo vi cero veces.",
                    "Es la primera y la segunda vez que pasa.",
                    "Una de dos: o lo arreglan o me voy.", "Estoy seguro cien por ciento.",
                    "Me dejaron a medias, uno por uno.", "Somos cinco en casa, con un solo baño.",
                    "Pedí el triple y me dieron la mitad.", "Pulse uno, después dos y después cero.",
                    "Fue en un dos por tres.", "Marque cuatro para hablar con ventas."),
     ("{x}",)),
    ("percentage", plain("xn %", "xn%", "1n,5 por ciento", "xn por ciento"),
     ("Tiene {x} de descuento.", "El IVA es del {x}.", "Me aumentaron un {x}.")),
    ("score", plain("x a x", "x de 10", "1n puntos", "8nn"),
     ("Le pongo un puntaje de {x}.", "El partido terminó {x}.", "La encuesta dio {x}.")),
    ("serial", serial, ("El número de serie es {x}.", "El módem dice {x}.", "Es el modelo {x}.")),
    ("invoice", plain("0001-000nnnnn", "A 0003-00nnnnnn", "F001-000nnnnn", "B-xnnnn"),
     ("La factura es la {x}.", "Me llegó la factura {x} dos veces.")),
    ("contract", plain("xnnnnnn", "4nnnnnnn", "10-xnnnnn"),
     ("El contrato es {x}.", "Mi póliza es la {x}.", "La póliza número {x} venció.")),
    ("technical", plain("192.168.x.1", "8.8.4.4", "4.1n.3", "2.4n", "xnn megas", "5x GHz", "404", "1080p"),
     ("El equipo me muestra {x}.", "La versión es {x}.", "Probé con {x} y tampoco.",
      "Me contrataron {x} y llega la mitad.")),
    ("extension", plain("xnnn", "xnn", "xn"),
     ("Estoy en el interno {x}.", "La extensión es {x}.", "Tomo el colectivo {x}.", "La sucursal {x} está cerrada.")),
    ("email_talk", among("Me arrobaron en las redes y punto.", "No me llegó ningún mail, punto.",
                         "Tengo el correo lleno.", "El arroba no lo encuentro en el teclado."),
     ("{x}",)),
    ("context_word_only", among("El DNI no lo tengo a mano.", "La tarjeta todavía no me llegó, la espero en 10 días.",
                                "Cambié de celular hace 2 años.",
                                "¿La cédula la necesita o no?", "Pagué en 6 cuotas con tarjeta.",
                                "El teléfono suena 4 o 5 veces y se corta.",
                                "El documento vence en 2031.", "Saqué la tarjeta en 2019."), ("{x}",)),
)
PT = (
    ("price", price, ("Me cobraram {x} a mais.", "O total é {x}.", "A parcela fica em {x}.")),
    ("date", date, ("A visita ficou para {x}.", "Vence em {x}.", "Comprei no dia {x}.")),
    ("time", clock, ("O técnico chega às {x}.", "Liguei às {x} e ninguém atendeu.")),
    ("order", plain("xnnnnnn", "xnnnnnnn", "#xnnnn"), ("O pedido é o {x}.", "Cadê o pedido {x}?")),
    ("ticket", plain("xnnnnnnn", "2026xnnnn", "xnnnn"), ("O número do chamado é {x}.", "O protocolo é {x}.")),
    ("ticket", spoken_order, ("O protocolo é {x}.",)),
    ("quantity", plain("xnn", "xn", "x"), ("Pedi {x} unidades.", "São {x} caixas.")),
    ("duration", plain("xn", "48", "x"), ("Demora {x} horas.", "Fiquei {x} minutos esperando.")),
    ("address", plain("Avenida Paulista, 1nnn", "Rua das Flores, xnn, apto xn", "Rodovia BR-1n1, km xn"),
     ("Moro na {x}.", "O endereço é {x}.")),
    ("address", plain("0xnnn-nnn", "3nnnn-0nn"), ("O CEP é {x}.",)),
    ("year", plain("20nn", "19nn"), ("Sou cliente desde {x}.", "É um modelo {x}.")),
    ("tracking", tracking, ("O código de rastreio é {x}.", "Rastreie com {x}.")),
    ("sixteen_digits", no_card, ("Na caixa está escrito {x}.", "O código de barras é {x}.")),
    ("idiom", among("Liguei três vezes e nada.", "Um deles me disse que sim.", "Foram dois ou três dias.",
                    "Mil desculpas.", "Meia hora esperando.",
                    "Um a um, sem parar.", "Disque um, depois dois."), ("{x}",)),
    ("percentage", plain("xn %", "xn%", "xn por cento"), ("Tem {x} de desconto.", "Aumentou {x}.")),
    ("score", plain("x a x", "x de 10"), ("O jogo foi {x}.", "Dou nota {x}.")),
    ("serial", serial, ("O número de série é {x}.", "O modem mostra {x}.")),
    ("context_word_only",
     among("O CPF não está comigo.", "O cartão chega em 10 dias.", "Paguei em 6 vezes no cartão."), ("{x}",)),
)
NEGATIVES = {"es": ES, "pt": PT}
