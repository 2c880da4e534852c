"""What people say around identifiers in a call: `{x}` is where the identifier, or the harmless number, goes."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind's own words. `asks`: the other side asks for it (the answer may then be bare); `says`: it is given with a
    context word in the sentence; `noun`: what an agent calls it when repeating it."""
    countries: tuple
    noun: str
    asks: tuple
    says: tuple


KINDS = {
    "card": Kind(("AR", "MX", "CL", "CO", "PE", "UY", "EC", "PY", "BR"), "el número de tarjeta", (
        "¿Me dice el número de su tarjeta?", "¿Me pasás los números de la tarjeta de crédito?",
        "Necesito los dieciséis dígitos de la tarjeta, por favor.", "¿Con qué tarjeta de débito va a pagar?",
        "Dígame los números que están al frente de la tarjeta."), (
        "El número de mi tarjeta es {x}.", "Quiero pagar con la Visa {x}.", "Mi tarjeta es la {x}, de crédito.",
        "Me llegó un cargo a la tarjeta {x} que no reconozco.", "Sí, es una Mastercard: {x}.",
        "{x} es mi tarjeta de débito.",
        "Débitelo de la tarjeta {x}, por favor.")),
    "card_code": Kind(("AR", "MX", "CL", "CO", "PE"), "el código de seguridad", (
        "¿Y el código de seguridad?", "¿Me da los tres números de atrás, el CVV?",
        "Me falta el código de seguridad del dorso."), (
        "El código de seguridad es {x}.", "El CVV es {x}.", "Código de seguridad {x}.", "Y atrás dice {x}, el CVV.")),
    "cbu": Kind(("AR",), "el CBU", (
        "¿A qué CBU le hacemos la devolución?", "¿Me pasás el CBU o el CVU?", "Necesito el CBU de la cuenta."), (
        "El CBU es {x}.", "Mi CBU es {x}, del Banco Nación.", "Le paso el CVU: {x}.", "Transferí al CBU {x}.",
        "La devolución va al CVU {x}, es Mercado Pago.")),
    "clabe": Kind(("MX",), "la CLABE", (
        "¿Me proporciona su CLABE interbancaria?", "¿A qué CLABE hacemos el depósito?",
        "Necesito los dieciocho dígitos de la CLABE."), (
        "Mi CLABE es {x}.", "La CLABE interbancaria es {x}, de BBVA.", "Deposítelo a la CLABE {x}.", "CLABE {x}.")),
    "cuit": Kind(("AR",), "el CUIT", (
        "¿Me decís el CUIT?", "¿Me indica su número de CUIL?", "¿A qué CUIT hacemos la factura?",
        "CUIT de la empresa, por favor."), (
        "Mi CUIL es {x}.", "El CUIT de la empresa es {x}.", "Facturen al CUIT {x}.", "CUIT {x}, responsable inscripto.",
        "Sí, el cuil es {x}.", "{x} es el CUIT.")),
    "dni_ar": Kind(("AR",), "el DNI", (
        "¿Me decís tu DNI?", "¿Me indica el número de documento del titular?", "Su DNI, por favor.",
        "¿Número de documento?",
        "¿Me confirma el documento así la busco en el sistema?",
        "Para validar la identidad, ¿me da el documento nacional de identidad?"), (
        "Mi DNI es {x}.", "DNI {x}.", "El documento es {x}, está a nombre de mi marido.", "Anotá mi documento: {x}.",
        "D.N.I. {x}.", "Documento número {x}.", "{x} es mi DNI.", "Sí, dni {x}, es la única línea que tengo.",
        "Le paso el documento de mi mamá, que es la titular: {x}.")),
    "dni_pe": Kind(("PE",), "el DNI", (
        "¿Me brinda su DNI, por favor?", "¿Me indica su número de DNI, señora?", "¿Cuál es el DNI del titular?",
        "Su documento de identidad, por favor."), (
        "Mi DNI es {x}, señorita.", "DNI {x}.", "El número de mi documento es {x}.", "Sí, el DNI del titular es {x}.",
        "{x} es mi DNI.")),
    "rut": Kind(("CL",), "el RUT", (
        "¿Me da su RUT, por favor?", "¿Cuál es su RUT?", "¿Me indica el rut del titular?",
        "¿Me confirma el RUT completo con dígito verificador?"), (
        "Mi RUT es {x}.", "Rut {x}.", "Sí, el rut es {x}, a nombre de mi señora.", "RUT de la empresa: {x}.",
        "Anote el RUN: {x}.", "{x} es mi rut.")),
    "curp": Kind(("MX",), "la CURP", (
        "¿Me proporciona su CURP?", "¿Me puede dictar la CURP del titular?", "Me hace falta su CURP para el trámite."),
        (
        "Mi CURP es {x}.", "La CURP es {x}, así sale en la credencial.", "CURP {x}.", "Sí, le dicto la CURP: {x}.")),
    "rfc": Kind(("MX",), "el RFC", (
        "¿A qué RFC facturamos?", "¿Me da su RFC con homoclave?", "Necesito el RFC de la empresa."), (
        "Mi RFC es {x}.", "El RFC de la empresa es {x}.", "Facture al RFC {x}, por favor.", "RFC {x}.")),
    "cedula_co": Kind(("CO",), "la cédula", (
        "¿Me regala su número de cédula?", "¿Me confirma el número de cédula del titular, por favor?",
        "Cédula de ciudadanía, por favor.", "¿Con qué cédula está registrado?"), (
        "Mi cédula es {x}.", "Cédula {x} de Bogotá.", "C.C. {x}.",
        "Cédula de ciudadanía número {x}, expedida en Medellín.",
        "El titular es mi papá, cédula {x}.", "{x} es mi cédula.")),
    "cedula_ec": Kind(("EC",), "la cédula", (
        "¿Me ayuda con su número de cédula?", "¿Cuál es la cédula del titular?", "Su cédula, por favor."), (
        "Mi cédula es {x}.", "Cédula {x}.", "Sí, el número de cédula es {x}.", "{x} es mi cédula.")),
    "cedula_uy": Kind(("UY",), "la cédula", (
        "¿Me pasás la cédula?", "¿Cédula de identidad del titular?", "¿Me dice su cédula con el dígito verificador?"), (
        "Mi cédula es {x}.", "Cédula {x}.", "C.I. {x}.", "La cédula de identidad es {x}, está a mi nombre.",
        "{x} es mi cédula.")),
    "ruc_ec": Kind(("EC",), "el RUC", (
        "¿Me ayuda con el RUC?", "¿A qué RUC emitimos la factura?", "Necesito el RUC de la compañía."), (
        "El RUC es {x}.", "Factura con RUC {x}, por favor.", "Mi RUC es {x}.", "RUC {x}.")),
    "ruc_pe": Kind(("PE",), "el RUC", (
        "¿Me indica el RUC de la empresa?", "¿Boleta o factura? Si es factura, el RUC.", "¿Cuál es su RUC?"), (
        "El RUC es {x}.", "Factura al RUC {x}, por favor.", "RUC {x}.", "Mi RUC de persona natural es {x}.")),
    "ruc_py": Kind(("PY",), "el RUC", (
        "¿Me pasa el RUC?", "¿A qué RUC hago la factura?", "¿Cuál es el RUC de la empresa?"), (
        "El RUC es {x}.", "Mi RUC es {x}.", "RUC {x}.", "Facturame con el RUC {x}.")),
    "cpf": Kind(("BR",), "o CPF", (
        "Pode me informar o CPF do titular?", "Qual é o seu CPF?", "Me confirma o CPF, por favor?"), (
        "Meu CPF é {x}.", "O CPF é {x}.", "CPF {x}.", "Anota o CPF: {x}.", "{x} é o meu CPF.")),
    "cnpj": Kind(("BR",), "o CNPJ", (
        "Qual é o CNPJ da empresa?", "Me informa o CNPJ, por favor?", "Preciso do CNPJ para a nota."), (
        "O CNPJ é {x}.", "CNPJ {x}.", "O CNPJ da loja é {x}.", "A nota sai no CNPJ {x}.")),
    "email": Kind(("AR", "MX", "CL", "CO", "PE", "UY", "EC", "PY", "BR"), "el correo", (
        "¿A qué correo se lo envío?", "¿Me confirma su correo electrónico?", "¿Me pasás un mail?",
        "¿Cuál es su email?"), (
        "Mi correo es {x}.", "Mandámelo a {x}.", "El mail es {x}.", "Me lo puede enviar al correo {x}, por favor.",
        "Escríbame a {x}.", "El usuario con el que entro es {x}.")),
    "phone": Kind(("AR", "MX", "CL", "CO", "PE", "UY", "EC", "PY", "BR"), "el teléfono", (
        "¿A qué número de teléfono lo podemos llamar?", "¿Me deja un celular de contacto?", "¿Su número de WhatsApp?",
        "¿Cuál es el teléfono de la línea con el problema?", "¿Me confirma su celular?"), (
        "Mi celular es {x}.", "Llámeme al {x}.", "El teléfono es {x}.", "Mi número de celular es {x}, cualquier cosa.",
        "Mandame un WhatsApp al {x}.", "Me comunico por la línea {x}, que no tiene señal.", "{x} es mi celular.",
        "El teléfono de mi casa es {x}.")),
}

PT = {  # The kinds that are not only of Brazil, in Portuguese.
    "card": Kind(("BR",), "o número do cartão", (
        "Pode me passar o número do cartão?", "Qual é o número do cartão de crédito?"), (
        "O número do meu cartão é {x}.", "Quero pagar com o cartão {x}.", "Apareceu uma cobrança no cartão {x}.")),
    "email": Kind(("BR",), "o e-mail", (
        "Qual é o seu e-mail?", "Para qual e-mail eu envio?"), (
        "Meu e-mail é {x}.", "Pode mandar para {x}.", "O email é {x}.")),
    "phone": Kind(("BR",), "o telefone", (
        "Qual é o telefone de contato?", "Me confirma o seu celular?", "Qual o número do seu WhatsApp?"), (
        "Meu celular é {x}.", "Pode ligar no {x}.", "O telefone é {x}.", "Me chama no WhatsApp {x}.")),
}


@dataclasses.dataclass(frozen=True)
class Language:
    """What a language's calls are made of besides identifiers."""
    greetings: tuple
    answers: tuple       # a bare answer to a question
    alone: tuple         # said without a question or a context word
    repeats: tuple       # the agent repeats; {noun}
    listening: tuple     # between two parts of a dictation
    goes_on: tuple       # before a later part
    fillers: tuple       # between two groups
    joins: tuple
    notes: tuple         # after an exchange
    between: tuple       # talk without any number
    closings: tuple


LANGUAGES = {
    "es": Language(
        greetings=("Buenos días, gracias por comunicarse, ¿en qué lo puedo ayudar?",
                   "Hola, buenas tardes, le atiende Valentina, ¿en qué te ayudo?",
                   "Muy buenas noches, gracias por llamar."),
        answers=("{x}.", "Sí, {x}.", "Claro, {x}.", "Es el {x}.", "Anote: {x}.", "Sí, cómo no, {x}.",
                 "A ver, un segundo… {x}.", "{x}", "Sí, dale, {x}, ¿lo tenés?",
                 "Ajá, {x}, así como suena."),
        alone=("Le paso el dato: {x}.", "Ahí va: {x}.", "Anote por favor, {x}.", "Me aparece {x} en la pantalla.",
               "Le leo lo que tengo acá: {x}."),
        repeats=("Le repito {noun}: {x}, ¿correcto?", "Entonces {noun} es {x}, ¿verdad?", "Confirmo {noun}: {x}."),
        listening=("Sí.", "Ajá.", "Dígame.", "Ok.", "Correcto.", "Anotado.", "Mjm.", "Sí, sí.", "Perfecto.",
                   "Lo escucho."),
        goes_on=("", "", "", "y sigue ", "después ", "luego ", "y termina en "),
        fillers=(", eh, ", " eh ", " guion ", " punto ", " coma ", ", este, ", "… ", ", a ver, ", ", espere, ",
                 ", mmm, ",
                 " espacio "),
        joins=(" ", " ", ", "),
        notes=("Perfecto, muchas gracias.", "Muy bien, lo estoy viendo.", "Gracias, permítame un momento.",
               "Bárbaro, ya lo cargo.", "Listo, quedó registrado."),
        between=("El servicio anda muy mal desde ayer.", "Entiendo su molestia, voy a revisar.",
                 "No me llegó la factura todavía.", "¿Está en su domicilio ahora?",
                 "Aguárdeme en línea un instante, por favor.", "Sí, ya reinicié el equipo y sigue igual.",
                 "Le agradezco la espera.",
                 "Quiero dar de baja el servicio.", "¿Se la puedo ofrecer por otro medio?",
                 "El técnico pasó pero no me encontró."),
        closings=("Gracias por comunicarse, que tenga buen día.", "Hasta luego.", "Chau, gracias.",
                  "Que esté muy bien, gracias a usted.")),
    "pt": Language(
        greetings=("Bom dia, obrigado por ligar, em que posso ajudar?", "Oi, boa tarde, com quem eu falo?"),
        answers=("{x}.", "Sim, {x}.", "É {x}.", "Pode anotar: {x}.", "{x}", "Claro, {x}, tá bom?"),
        alone=("Vou te passar: {x}.", "Aqui aparece {x}.", "Anota aí, {x}."),
        repeats=("Repetindo {noun}: {x}, certo?", "Então {noun} é {x}, confere?"),
        listening=("Sim.", "Aham.", "Pode falar.", "Ok.", "Certo.", "Isso."),
        goes_on=("", "", "", "e depois ", "e termina com "),
        fillers=(", é, ", " traço ", " ponto ", "… ", ", deixa eu ver, ", ", hum, "),
        joins=(" ", " ", ", "),
        notes=("Perfeito, muito obrigada.", "Só um momento, por favor.", "Pronto, já registrei."),
        between=("A internet está muito ruim desde ontem.", "Entendo, vou verificar aqui.",
                 "Ainda não recebi a fatura.",
                 "Quero cancelar o serviço.",
                 "Já reiniciei o aparelho e nada."),
        closings=("Obrigado pelo contato, tenha um bom dia.", "Tchau, obrigada.")),
}
