// What the shipped packs may never do: accuse an agent of words that helped.
#include <array>
#include <span>
#include <string_view>

#include "audit/folding.hpp"
#include "audit/phrase_pack.hpp"
#include "audit/test_support.hpp"

namespace oidor::audit {
namespace {

// Each holds words of a refusal or of an insult, and is neither.
constexpr auto kSpanish = std::to_array<std::string_view>({
    "Voy a resolver su problema hoy mismo",
    "Cuénteme cuál es su problema y lo revisamos juntos",
    "¿Me dice cuál es tu problema con la factura?",
    "Si no le gusta el color, lo cambiamos sin costo",
    "Si no te gusta el plan, vuelves al anterior cuando quieras",
    "Ay, qué molestia, permítame ayudarle",
    "Disculpe la molestia, ya casi terminamos",
    "Vaya y busque la factura con calma, yo lo espero en línea",
    "Cuando vaya usted a la sucursal, lleve su identificación",
    "El sueldo bruto que me indica es de mil quinientos",
    "Su salario bruto figura en la constancia",
    "Cerrá el navegador y volvé a abrirlo, por favor",
    "Cierre la aplicación y cierre el navegador",
    "Métase a la página y presione recuperar clave",
    "Por favor métase en la opción de pagos",
    "No me toca a mí decidirlo, pero ya lo escalé con mi supervisora",
    "Es imposible que lo hayan cobrado dos veces, pero lo reviso ahora",
    "Me es imposible, señora, darle ese dato sin validar su identidad, ¿la validamos?",
    "No sé si ya le llegó el correo, ¿lo ve en su bandeja?",
    "No sé todavía, deme un minuto y le confirmo",
    "No le puedo decir el saldo sin validar sus datos",
    "No le puedo ayudar por este canal, pero lo comunico ahora con quien sí puede",
    "No puedo hacer nada sin su autorización, ¿me la da?",
    "Ya está acreditado, no hay nada que hacer de su parte",
    "Olvídese del trámite, nosotros lo hacemos por usted",
    "No me importa esperar, tómese su tiempo",
    "Me da igual el horario, elija el que le quede mejor",
    "No es su culpa, fue un error nuestro",
    "Ese no es mi departamento, pero no se preocupe que lo transfiero",
    "No me corresponde autorizarlo, lo autoriza mi supervisora y ya la llamo",
    "Eso no se puede desde la aplicación, pero se lo hago yo desde aquí",
    "No hay forma de perder los puntos, quedan guardados",
    "No hay manera de que se lo cobren otra vez",
    "¿Qué quiere que le diga al técnico cuando llegue?",
    "¿Qué quiere que haga con el saldo a favor?",
    "Usted sabrá mejor que yo qué horario le queda bien",
    "Haga lo que quiera con el equipo viejo, ya es suyo",
    "En ese horario no estoy para atenderlo, pero mi compañera sí",
    "No tengo tiempo límite para esta llamada, tranquila",
    "Yo solo soy de ventas, le paso con soporte ahora mismo",
    "No insista con el reinicio si la luz queda en rojo",
    "Para que dejen de llamarlo, lo inscribo en el registro",
    "Puede pedir que el banco deje de llamar desde ese número",
    "Pregunte en otro lugar si quiere comparar precios, aquí lo esperamos",
    "Si prefiere, llame en otro momento y retomamos el caso",
    "No voy a cobrarle nada por el cambio",
    "No le voy a hacer repetir los datos, ya los tengo",
    "No se lo voy a cobrar hasta que funcione",
    "No tengo que darle de baja nada, su línea sigue activa",
    "Lea bien el código, por favor, son seis números",
    "El equipo quedó inservible por la tormenta, se lo reponemos",
    "Lamento lo del ratero, ya bloqueo su tarjeta",
    "Los ladrones no pueden usar el chip, ya está bloqueado",
    "La cámara contra ladrones se instala mañana",
    "Su pedido está retrasado y le pido disculpas",
    "El consumo anormal de este mes ya está en revisión",
    "Es inútil reiniciarlo otra vez, le mando un técnico",
    "No diga eso, nadie piensa que usted es ignorante",
    "No queremos un cliente infeliz, le bonifico el mes",
    "El payaso para la fiesta está reservado a las cinco",
    "La pantalla llegó rota de fábrica, se la cambiamos",
    "El hueco en la pared lo tapa el técnico sin cargo",
    "La manga de la camisa tiene garantía",
    "El chorro de agua sale con poca presión, envío a un plomero",
    "Disculpe si el compañero fue maleducado con usted",
    "Señor Gil, su trámite está listo",
    "Señora Concha, le confirmo la cita",
    "Que te den el número de reclamo y me llamas",
    "¿El forro de la campera es del mismo color?",
    "El plomero encontró la babosa en la cañería, ya quedó limpio",
    "El olor asqueroso del agua se debe al filtro, lo cambiamos hoy",
    "La perra de la foto es la del aviso, ¿verdad?",
    "Vete a la sección de pagos y toca el botón verde",
    "Váyase a la pestaña de ajustes, por favor",
});

constexpr auto kEnglish = std::to_array<std::string_view>({
    "I'm going to fix your problem today",
    "I think that's your problem right there: the cable is loose",
    "I can't do that for you from here, but my colleague can, one moment",
    "I can't help you with billing, but let me transfer you to someone who can",
    "I don't know if the email reached you, could you check your inbox?",
    "I don't know yet, but I will find out for you",
    "I have no idea how hard this has been for you, and I am sorry",
    "It's impossible for anyone to read your password, so it is safe",
    "That's not possible online, so I will do it for you here",
    "That can't be done by phone, but I can send you the form",
    "There's no way you would be charged twice, let me make sure",
    "There is nothing you need to do, it is already credited",
    "There's nothing I can do without your PIN, could you type it in?",
    "That's not your fault at all, it was our mistake",
    "It's not your responsibility, we will pay for it",
    "It is not my department, so let me connect you right away",
    "Please don't ask me for the code, we never ask for it, nor tell it",
    "We will deal with it today and call you back",
    "I will deal with it personally",
    "You'll have to figure in the shipping, which is two dollars",
    "Should I call someone else in your household?",
    "You can ask the bank to stop calling you",
    "What do you want me to do with the old phone?",
    "As I already told you, the refund is on its way, thank you for waiting",
    "I don't care for long holds either, so I will be quick",
    "It is not my call, but my manager has already approved it",
    "Please shut the app and open it again",
    "Shut the lid until it clicks",
    "Beware of scammers who ask for your PIN",
    "The thieves cannot use your card, it is blocked",
    "Mister Crook, your order has shipped",
    "Nobody called you a liar, I do believe you",
    "Nobody thinks less of you for forgetting a password",
    "Let me get you a useless cable replaced",
    "You are welcome to read the contract with me",
    "The git repository is open again",
    "Fanny, your appointment is confirmed",
    "The fire retardant cover is in stock",
    "The bastardized file name was corrected",
    "No idea is a bad idea, tell me what you would like",
    "I cannot do it before Monday, but I promise it for Monday",
    "We can't do anything before the parcel arrives, then we refund at once",
});

constexpr auto kPortuguese = std::to_array<std::string_view>({
    "Vou resolver o problema do senhor hoje mesmo",
    "Me conte qual é o problema e eu verifico",
    "Qual o problema? Seu cadastro está certo",
    "Não posso ajudar por este canal, mas já transfiro para quem pode",
    "Não posso te ajudar com a fatura, mas o setor ao lado pode, um momento",
    "Não posso fazer nada sem a sua autorização, o senhor autoriza?",
    "Não sei se o e-mail já chegou, a senhora consegue ver?",
    "Não sei ainda, mas vou descobrir para o senhor",
    "Não faço ideia de como foi difícil, sinto muito",
    "Não tem como perder os pontos, eles ficam guardados",
    "Não tem jeito de ser cobrado duas vezes, fique tranquila",
    "Não dá para fazer pelo aplicativo, então eu faço daqui",
    "É impossível alguém ver a sua senha",
    "Isso não é do meu setor, mas já encaminho e acompanho",
    "Não é minha área, por isso chamo agora o especialista",
    "Não é culpa da senhora, o erro foi nosso",
    "Tanto faz o horário, escolha o melhor para você",
    "Não me importa esperar, pode procurar com calma",
    "Por favor, me pergunte o que quiser",
    "Não insista no botão se a luz ficar vermelha",
    "Não adianta insistir com esse cabo, vou mandar um novo",
    "Procure outro boleto, este já venceu, eu envio o novo",
    "Se quiser, reclame com a gente pelo aplicativo também",
    "Não vou fazer o senhor repetir tudo, já tenho os dados",
    "Não vou explicar tudo de novo se o senhor já entendeu, seguimos?",
    "Que chatice, deixa eu resolver isso para a senhora",
    "O ladrão não consegue usar o chip, já está bloqueado",
    "Os ladrões não conseguem usar o cartão bloqueado",
    "O palhaço da festa está confirmado para as cinco",
    "O prazo foi retardado pela chuva, peço desculpas",
    "O lixo de ontem será recolhido hoje",
    "Ninguém disse que a senhora é mentirosa, eu acredito",
    "O animal de estimação está coberto pelo plano",
    "Não se sinta burro, todo mundo esquece a senha",
    "A vaca leiteira está na nota fiscal",
    "O filme da piranha está no catálogo infantil",
    "Não quero que o senhor fique sem internet",
    "O problema é do cabo, eu troco",
    "Se a luz se vira para o vermelho, me avise",
    "Se vire a chave para a direita, a caixa abre",
    "O senhor não é obrigado a pagar agora",
    "Ninguém é ignorante por perguntar",
});

bool says(std::string_view sentence, const std::string& phrase) {
    return (" " + fold(sentence) + " ").find(" " + fold(phrase) + " ") != std::string::npos;
}

/// Every group's phrases, whatever its countries: what is harmless is so everywhere.
void expect_no_accusation(std::string_view language, std::span<const std::string_view> sentences) {
    for (const auto* name : {"prohibidas", "insultos"}) {
        const auto pack = get_shipped_pack(std::string(language) + "/" + name);
        ASSERT_TRUE(pack) << pack.error().message;
        for (const auto& group : pack->groups) {
            EXPECT_TRUE(group.patterns.empty());
            for (const auto& phrase : group.phrases) {
                for (const auto sentence : sentences) {
                    EXPECT_FALSE(says(sentence, phrase))
                        << pack->id << ": \"" << phrase << "\" in \"" << sentence << "\"";
                }
            }
        }
    }
}

TEST(ShippedPacks, words_that_help_are_no_refusal_and_no_insult) {
    static_assert(kSpanish.size() >= 60 && kEnglish.size() >= 40 && kPortuguese.size() >= 40);
    expect_no_accusation("es", kSpanish);
    expect_no_accusation("en", kEnglish);
    expect_no_accusation("pt", kPortuguese);
}

std::string outcome_of_pack(const std::string& pack, const std::string& language,
                            const std::string& words) {
    const auto auditor = auditor_of(
        "[[criteria]]\nid = \"a\"\nkind = \"phrases\"\nspeaker = \"agent\"\nneed = \"none\"\n"
        "points = 1\npacks = [\"" +
            pack + "\"]\n",
        "", language);
    auto transcript = transcript_of({say(Speaker::Agent, words)});
    transcript.language = language;
    return std::string(format(result_of(auditor->judge(transcript, {}), "a").outcome));
}

TEST(ShippedPacks, refusals_and_insults_are_still_found) {
    EXPECT_EQ(outcome_of_pack("es/prohibidas", "es", "pues ese ya es su problema"), "fail");
    EXPECT_EQ(outcome_of_pack("es/prohibidas", "es", "yo no puedo hacer nada, señora"), "fail");
    EXPECT_EQ(outcome_of_pack("es/prohibidas", "es", "Y a mí qué me importa"), "fail");
    EXPECT_EQ(outcome_of_pack("es/prohibidas", "es", "si no le gusta cambie de empresa"), "fail");
    EXPECT_EQ(outcome_of_pack("es/insultos", "es", "usted es un ignorante"), "fail");
    EXPECT_EQ(outcome_of_pack("es/insultos", "es", "manga de ladrones"), "fail");
    EXPECT_EQ(outcome_of_pack("en/prohibidas", "en", "well that's not my problem"), "fail");
    EXPECT_EQ(outcome_of_pack("en/insultos", "en", "you're useless"), "fail");
    EXPECT_EQ(outcome_of_pack("pt/prohibidas", "pt", "isso não é problema meu"), "fail");
    EXPECT_EQ(outcome_of_pack("pt/insultos", "pt", "você é um palhaço"), "fail");
}

// Lists that were multiplied out of parts hold what nobody says.
TEST(ShippedPacks, no_phrase_is_put_together_against_its_grammar) {
    constexpr auto kNever = std::to_array<std::string_view>({
        // Gender and number that do not agree.
        "una burro",
        "una tonto",
        "una vago",
        "una animal",
        "un tonta",
        "un burra",
        "un perra",
        "viejo bruta",
        "vieja bruto",
        "otro parte",
        "otra lado",
        "otra lugar",
        "nuestro culpa",
        "el señora",
        "la señor",
        "del la",
        "un minutos",
        "eso problema",
        "um boa",
        "um ótima",
        "uma bom",
        "uma ótimo",
        "dois minuto",
        "a agent",
        "a engineer",
        "a excellent",
        "an good",
        // Two verbs where one belongs.
        "voy a pongo",
        "voy a dejo",
        "lo poner",
        "déjeme reviso",
        "déjame reviso",
        "may be being",
        "me pondremos",
        "nos comunico",
        "te entrar em contato",
        // Misspelt.
        "abla",
        "cante vaya",
        "yo eso no lo ago",
        "luego hito",
    });
    for (const auto& file : phrase_packs()) {
        const auto pack = get_shipped_pack(file.name);
        ASSERT_TRUE(pack) << pack.error().message;
        for (const auto& group : pack->groups) {
            for (const auto& phrase : group.phrases) {
                for (const auto never : kNever) {
                    EXPECT_EQ((" " + phrase + " ").find(" " + std::string(never) + " "),
                              std::string::npos)
                        << pack->id << ": \"" << phrase << "\"";
                }
            }
        }
    }
}

}  // namespace
}  // namespace oidor::audit
